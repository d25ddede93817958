/** Conditional requests: who has the bytes already is not sent them again. RFC 9110 §13. */

/** Whether If-None-Match names `etag`: a list of tags, weak or strong, or `*`. RFC 9110 §13.1.2. */
export function matchesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some(tag => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
}
