// Which programs of an image are simulated, known without loading the shell (a test holds it against what is registered).

export const SIMULATED: ReadonlySet<string> = new Set(
  'addgroup adduser alias ash awk base64 basename bash cat chgrp chmod chown clear column comm cp cut dash date dd diff dirname du echo egrep env expand expr false fgrep file find fold grep groupadd gunzip gzip head help history hostname id install join jq kill ln ls md5sum mkdir mkfifo mktemp mv nl nproc od paste printenv printf ps pwd readlink rev rg rm rmdir sed seq sh sha1sum sha256sum sleep sort split stat strings stty tac tail tar tee time timeout touch tr tree true truncate tty unalias uname unexpand uniq useradd wc which whoami xan xargs yq zcat'.split(
    ' ',
  ),
);
