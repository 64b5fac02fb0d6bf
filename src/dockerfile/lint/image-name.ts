// Whether a text can be the name of an image at all, by docker's grammar.

const HOST =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?$/;
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
const MAX_NAME_LENGTH = 255;
const MAX_LENGTH = 1024;

export function isImageName(text: string): boolean {
  if (text.length > MAX_LENGTH) return false;
  const at = text.indexOf('@');
  if (at >= 0 && !DIGEST.test(text.slice(at + 1))) return false;
  const tagged = at < 0 ? text : text.slice(0, at);
  const colon = tagged.lastIndexOf(':');
  const hasTag = colon > tagged.lastIndexOf('/');
  if (hasTag && !TAG.test(tagged.slice(colon + 1))) return false;
  const name = hasTag ? tagged.slice(0, colon) : tagged;
  if (name.length > MAX_NAME_LENGTH || /^[0-9a-f]{64}$/.test(name)) return false;
  const [first = '', ...rest] = name.split('/');
  const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost' || /[A-Z]/.test(first));
  if (hasHost && !HOST.test(first)) return false;
  return (hasHost ? rest : [first, ...rest]).every((part) => COMPONENT.test(part));
}
