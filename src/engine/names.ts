// Names of containers: which are allowed, and made-up ones.
import { PhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';

const ALLOWED = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}$/;

const ADJECTIVES =
  'airy almond amber baked braided brisk brown buttered candied caramel cherry chewy cinnamon creamy crisp crumbly crusty curly dainty dark dusted early feathery fennel flaky floury fluffy folded fresh fragrant frosted gilded ginger glazed golden hazel hearty honeyed iced jolly laminated leafy lemony light malted marbled mellow minty molten nutty oaten peppery plaited plump proofed puffy rolled rustic salted seeded sesame silky spiced springy sticky sugared sunny tender toasted twisted vanilla velvety warm whipped zesty'.split(
    ' ',
  );
const NOUNS =
  'anise babka bagel baguette baklava basil biscotti biscuit boule brioche brownie bun burek cannoli challah churro ciabatta clafoutis cobbler cookie crepe croissant crumpet cupcake danish doughnut eclair farl fern financier flan focaccia fougasse galette gateau kouign kringle lamington laurel lavash leaf macaron madeleine maple meringue mint muffin naan nettle oak palmier pandoro panettone parfait pasty pavlova petiole phyllo pita poppy praline pretzel profiterole roll rosette rusk sage scone shortbread simit sorrel spelt stollen stroopwafel strudel tart tatin thyme tiramisu torte tuile turnover vetch waffle willow yarrow zopf'.split(
    ' ',
  );
/** So often a plain name is tried before one with a digit. */
const PLAIN_TRIES = 8;

/** Throws `invalid-argument`. */
export function checkContainerName(name: string): string {
  if (ALLOWED.test(name)) return name;
  throw new PhylloError('invalid-argument', `name container ${safeText(name)}: the name is not allowed`, {
    hint: 'A name has 2 to 128 letters, digits, "_", "." and "-", and begins with a letter or digit.',
  });
}

/** Like `flaky_brioche`, or `flaky_brioche7` where names run short. `random` gives numbers from 0 up to 1. */
export function makeUpName(isTaken: (name: string) => boolean, random: () => number = Math.random): string {
  const pick = (words: readonly string[]): string => words[Math.floor(random() * words.length)]!;
  for (let tries = 0; ; tries++) {
    const digits = tries < PLAIN_TRIES ? '' : String(tries - PLAIN_TRIES);
    const name = `${pick(ADJECTIVES)}_${pick(NOUNS)}${digits}`;
    if (!isTaken(name)) return name;
  }
}
