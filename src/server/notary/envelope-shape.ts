/**
 * Whether a document has the outer shape of metadata. notary-server reads that much of every part before it looks at
 * any: data.SignedMeta. As Go reads it, what is null or absent is not there.
 */
const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

type Members = Readonly<Record<string, unknown>>;

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const orNone = (value: unknown, is: (value: unknown) => boolean): boolean =>
  value === undefined || value === null || is(value);

export const isEnvelope = (value: unknown): boolean =>
  orNone(
    value,
    document =>
      isMembers(document) &&
      orNone(document['signed'], isSignedPart) &&
      orNone(document['signatures'], list => Array.isArray(list) && list.every(isSignature)),
  );

const isSignedPart = (value: unknown): boolean =>
  isMembers(value) &&
  orNone(value['_type'], isText) &&
  orNone(value['version'], Number.isSafeInteger) &&
  orNone(value['expires'], text => isText(text) && RFC3339.test(text));

const isSignature = (value: unknown): boolean =>
  orNone(
    value,
    signature =>
      isMembers(signature) &&
      orNone(signature['keyid'], isText) &&
      orNone(signature['method'], isText) &&
      orNone(signature['sig'], text => isText(text) && BASE64.test(text)),
  );
