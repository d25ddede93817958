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
  if (text.length !== 4 * Math.ceil(length / 3) || !CHARACTERS.test(text)) return undefined;
  const hex = Buffer.from(text, 'base64').toString('hex');
  return hex.length === 2 * length ? hex : undefined;
}
