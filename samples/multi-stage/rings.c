/* Draws the year rings of a trunk: one pair of brackets a year. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    int years = argc > 1 ? atoi(argv[1]) : 1;
    for (int i = 0; i < years; i++) fputs("( ", stdout);
    putchar('.');
    for (int i = 0; i < years; i++) fputs(" )", stdout);
    putchar('\n');
    return 0;
}
