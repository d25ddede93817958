/** Base64 as documents hold it. RFC 4648 §4. */

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The bytes of padded base64 without white space; undefined for other text. No text is no bytes. */
export function bytesOfBase64(text: string): Uint8Array | undefined {
  return BASE64.test(text) ? new Uint8Array(Buffer.from(text, 'base64')) : undefined;
}

export const base64Of = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

/** The characters of {@link BASE64}; quicker where the length is known. */
const CHARACTERS = /^[A-Za-z0-9+/]+={0,2}$/;

/** The bytes of padded base64 in hex, if it holds exactly `length` (1 or more) of them. */
export function hexOfBase64(text: string, length: number): string | undefined {
  if (text.length !== base64Length(length) || !CHARACTERS.test(text)) return undefined;
  const hex = Buffer.from(text, 'base64').toString('hex');
  return hex.length === 2 * length ? hex : undefined;
}

/** True for the characters of base64 but the padding, by their code. */
const IS_DIGIT = new Uint8Array(128);
for (const digit of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')
  IS_DIGIT[digit.charCodeAt(0)] = 1;

/**
 * True iff `text` is padded base64 of exactly `length` bytes (1 or more). A regular expression takes five times as long,
 * which shows where a document has ten thousand digests.
 */
export function isBase64Of(text: string, length: number): boolean {
  const digits = Math.ceil((length * 4) / 3);
  if (text.length !== base64Length(length)) return false;
  for (let i = 0; i < digits; i++) if (IS_DIGIT[text.charCodeAt(i)] !== 1) return false;
  for (let i = digits; i < text.length; i++) if (text.charCodeAt(i) !== PADDING) return false;
  return true;
}

/** As {@link isBase64Of}, of what begins at `start` in the bytes of a text. */
export function isBase64At(bytes: Uint8Array, start: number, length: number): boolean {
  const digitsEnd = start + Math.ceil((length * 4) / 3);
  const end = start + base64Length(length);
  for (let i = start; i < digitsEnd; i++) if (IS_DIGIT[bytes[i] ?? 0] !== 1) return false;
  for (let i = digitsEnd; i < end; i++) if (bytes[i] !== PADDING) return false;
  return true;
}

/** How many characters padded base64 of so many bytes has. */
export const base64Length = (bytes: number): number => 4 * Math.ceil(bytes / 3);

const PADDING = 0x3d;
