// The terminal's clipboard, OSC 52: the one way to copy that works through SSH.

/** Some terminals drop longer ones without a word. */
const MAX_BYTES = 48 * 1024;

/** The sequence that puts `text` on the clipboard; undefined when it is too long. */
export function clipboardSequence(text: string): string | undefined {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > MAX_BYTES) return undefined;
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return `\x1b]52;c;${btoa(binary)}\x07`;
}
