/** Hexadecimal text that is exactly that: Buffer.from(…, 'hex') stops silently at the first odd character. */

const HEX = /^(?:[0-9a-f]{2})*$/i;

/** The bytes that `text` writes in hex (either case), or undefined when it is not whole bytes of hex. */
export function bytesFromHex(text: string): Uint8Array | undefined {
  return HEX.test(text) ? new Uint8Array(Buffer.from(text, 'hex')) : undefined;
}

/** `bytes` in lower-case hex. */
export function hexFromBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
