// Names of variables that sound like a secret, by BuildKit's list of words.

const SECRET = new Set([
  'apikey',
  'auth',
  'credential',
  'credentials',
  'key',
  'password',
  'pword',
  'passwd',
  'secret',
  'token',
]);
/** With one of these it is a secret no more: `GPG_KEY_VERSION`, `TOKEN_FILE`. */
const HARMLESS = new Set(['public', 'file', 'version']);

export function isSecretName(name: string): boolean {
  const words = name.toLowerCase().split('_');
  return words.some((word) => SECRET.has(word)) && !words.some((word) => HARMLESS.has(word));
}
