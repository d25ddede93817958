/** The one way to write a JWS in compact form (RFC 7515 §3.1): readers of base64url differ on everything else. */

/**
 * True iff `text` is three parts of base64url without padding, white space or stray bits at the end. What is signed may
 * be empty, as the RFC has it.
 */
export function isCompactJws(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 3 && parts[0] !== '' && parts[2] !== '' && parts.every(isBase64Url);
}

/**
 * True iff it is what its bytes are written as: no other character, no padding, no stray bits (RFC 4648 §3.5), and no
 * length of 4n + 1.
 */
const isBase64Url = (part: string): boolean => Buffer.from(part, 'base64url').toString('base64url') === part;
