/** PEM with headers, as Go writes it: what Notary keeps keys in. RFC 7468, with the headers of RFC 1421 §4.4. */

/** One block. */
export interface PemBlock {
  /** `ENCRYPTED PRIVATE KEY`, `CERTIFICATE`, … */
  readonly type: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly bytes: Uint8Array;
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]{1,64})-----\r?\n([\s\S]*?)-----END \1-----/g;
const HEADER = /^([^:\s]+):[ \t]*(.*?)[ \t]*$/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const LINE = /.{1,64}/g;

/**
 * The blocks of a text in their order; what stands between them does not count, nor does a block whose content is no
 * base64.
 *
 * @param text - bounded by the caller
 */
export function parsePem(text: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  for (const [, type = '', body = ''] of text.matchAll(BLOCK)) {
    const block = readBody(type, body.split(/\r?\n/));
    if (block !== undefined) blocks.push(block);
  }
  return blocks;
}

/** Headers go up to the first empty line, where the first line is one. */
function readBody(type: string, lines: readonly string[]): PemBlock | undefined {
  const headers = new Map<string, string>();
  let start = 0;
  for (; HEADER.test(lines[start] ?? ''); start++) {
    const [, name = '', value = ''] = HEADER.exec(lines[start] ?? '') ?? [];
    headers.set(name, value);
  }
  const text = lines.slice(start).join('').replace(/\s+/g, '');
  if (text === '' || text.length % 4 !== 0 || !BASE64.test(text)) return undefined;
  return { type, headers, bytes: new Uint8Array(Buffer.from(text, 'base64')) };
}

/**
 * A block as Go's encoding/pem writes it: headers by name, lines of 64 characters, a line break at the end.
 *
 * @param block - headers without a line break, the caller's to see to; those that are empty are left out
 */
export function writePem({ type, headers, bytes }: PemBlock): string {
  const given = [...headers].filter(([, value]) => value !== '').sort(([a], [b]) => (a < b ? -1 : 1));
  const head = given.length === 0 ? [] : [...given.map(([name, value]) => `${name}: ${value}`), ''];
  const lines = Buffer.from(bytes).toString('base64').match(LINE) ?? [];
  return [`-----BEGIN ${type}-----`, ...head, ...lines, `-----END ${type}-----`, ''].join('\n');
}
