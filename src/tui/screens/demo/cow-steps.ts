// The steps of the guided demonstration of copy-on-write: what is said, and what is run to show it. Pure.

/** Files of the image that the steps work on, absolute: the largest first. */
export interface DemoFiles {
  readonly large: string;
  readonly second: string;
  readonly third: string;
}

export interface DemoStep {
  readonly title: string;
  /** What there is to see. `{large}` and the like stand for the files. */
  readonly caption: string;
  /** Run in a shell of one of the containers; 0 is the left one. */
  readonly run?: { readonly side: 0 | 1; readonly script: string };
  /** The left container is committed. */
  readonly commit?: true;
}

export const COW_STEPS: readonly DemoStep[] = [
  {
    title: 'Two containers, one image',
    caption:
      'Both run, and both stand on the same layers: those are on disk once, and nobody writes to them. Each has a layer of its own on top. It is empty: a container costs nothing until it writes.',
  },
  {
    title: 'Reading costs nothing',
    caption:
      'The left one read all of {large}. It read it from the layers below; its own layer is as empty as before.',
    run: { side: 0, script: 'cat {large} > /dev/null' },
  },
  {
    title: 'The first write copies the file up',
    caption:
      'It appended one line to {large}. A layer below is never changed, so the whole file was copied up into its own layer first: look at the bytes, and how many of them really differ.',
    run: { side: 0, script: 'echo one more line >> {large}' },
  },
  {
    title: 'The second write is free',
    caption: 'One more line. The file is in its own layer already: nothing is copied any more.',
    run: { side: 0, script: 'echo another line >> {large}' },
  },
  {
    title: 'Something new costs what it holds',
    caption: 'A new file is written where it belongs at once: no layer below had it.',
    run: { side: 0, script: 'echo hello > /hello-from-the-left' },
  },
  {
    title: 'Even a new mode copies the file up',
    caption:
      'It changed the mode of {second} and not a byte of what is in it. The copy holds all of it all the same.',
    run: { side: 0, script: 'chmod 600 {second}' },
  },
  {
    title: 'Deleting makes a whiteout',
    caption:
      'It deleted {third}. The file is still in the layer below and takes its room there; a whiteout in the own layer hides it. Nothing got smaller.',
    run: { side: 0, script: 'rm {third}' },
  },
  {
    title: 'The other container sees none of it',
    caption: 'The right one has the files as the image has them. Its own layer is still empty.',
    run: { side: 1, script: 'ls -l {large} {second} {third}' },
  },
  {
    title: 'A commit makes a layer of it',
    caption:
      'The own layer of the left one was packed and put on top of the layers that it stands on: that is a new image, with everything that was copied up in it. Esc ends the demo and removes both containers; the image stays.',
    commit: true,
  },
];

/** With the files in their places; `quote` for a shell. */
export function fillIn(
  text: string,
  files: DemoFiles,
  quote: (path: string) => string = (path) => path,
): string {
  return text.replace(/\{(large|second|third)\}/g, (_, name: keyof DemoFiles) => quote(files[name]));
}

export function shellQuote(path: string): string {
  return /^[\w./+-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
