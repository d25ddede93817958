/** What `pkcs11-tool` prints about tokens and keys. */
import type { Pkcs11Uri } from './pkcs11-uri.js';

export interface Token {
  /** `0x3e570dff`, as the tool takes it. */
  readonly slot: string;
  readonly label: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly serial: string;
  /** Too many wrong PINs were given. */
  readonly locked: boolean;
}

/** A key pair: what is to be seen of it without a PIN. */
export interface TokenObject {
  readonly label: string;
  /** Lower-case hex. */
  readonly id: string;
}

/** The tokens that `--list-slots` prints; slots that are empty or not initialised are none. */
export function readTokens(text: string): Token[] {
  return blocks(text, /^Slot \d+ \((0x[0-9a-f]+)\):/).flatMap(({ head, fields }) => {
    const label = fields.get('token label');
    const [, slot] = head;
    if (label === undefined || slot === undefined) return [];
    return {
      slot,
      label,
      manufacturer: fields.get('token manufacturer') ?? '',
      model: fields.get('token model') ?? '',
      serial: fields.get('serial num') ?? '',
      locked: (fields.get('token flags') ?? '').split(', ').includes('user PIN locked'),
    };
  });
}

/** The public keys that `--list-objects --type pubkey` prints. */
export function readObjects(text: string): TokenObject[] {
  return blocks(text, /^Public Key Object/).flatMap(({ fields }) => {
    const id = fields.get('ID')?.toLowerCase();
    // Without an id the tool could not be told which private key to use.
    return id !== undefined && /^(?:[0-9a-f]{2})+$/.test(id) ? { id, label: fields.get('label') ?? '' } : [];
  });
}

export function isTokenOf(uri: Pkcs11Uri, token: Token): boolean {
  return (
    fits(uri.token, token.label) &&
    fits(uri.manufacturer, token.manufacturer) &&
    fits(uri.model, token.model) &&
    fits(uri.serial, token.serial) &&
    fits(uri.slotId, Number(token.slot))
  );
}

export const isObjectOf = (uri: Pkcs11Uri, object: TokenObject): boolean =>
  fits(uri.object, object.label) && fits(uri.id, object.id);

const fits = <T>(wanted: T | undefined, found: T): boolean => wanted === undefined || wanted === found;

interface Block {
  readonly head: RegExpExecArray;
  readonly fields: ReadonlyMap<string, string>;
}

/** `name : value` lines, indented, under heads that are not. The first of two lines of one name counts. */
function blocks(text: string, begins: RegExp): Block[] {
  const found: { head: RegExpExecArray; fields: Map<string, string> }[] = [];
  let current: Map<string, string> | undefined;
  for (const line of text.split('\n')) {
    if (!line.startsWith(' ')) {
      const head = begins.exec(line);
      current = head === null ? undefined : new Map();
      if (head !== null && current !== undefined) found.push({ head, fields: current });
      continue;
    }
    const [, name, value] = /^ +([A-Za-z][A-Za-z /]*?) *:(?: +(.*?))? *$/.exec(line) ?? [];
    if (name !== undefined && current?.has(name) === false) current.set(name, value ?? '');
  }
  return found;
}
