/** What one publication may bring, beside the sizes of documents that default clients read. */
export interface PublicationLimits {
  /** Target files in one publication. */
  readonly blobs: number;
  /** Bytes of one target file. */
  readonly blobBytes: number;
  /** Bytes of all target files of one publication. */
  readonly totalBlobBytes: number;
  /** Signed documents in one publication. */
  readonly documents: number;
  /** Roots before the last one in one publication. */
  readonly roots: number;
}

export const PUBLICATION_LIMITS: PublicationLimits = {
  blobs: 256,
  blobBytes: 4 * 1024 * 1024,
  totalBlobBytes: 32 * 1024 * 1024,
  documents: 64,
  roots: 32,
};

const DAY_MS = 86_400_000;

/** What may wait for signatures in one repository. */
export const PROPOSAL_LIMITS = {
  /** Proposals at the same time. */
  open: 64,
  /** Bytes of all of them, target files included. */
  bytes: 128 * 1024 * 1024,
  /** Signatures in one request, and on one proposal: more than any threshold needs. */
  signatures: 256,
  /** Milliseconds that a proposal waits when it does not say how long. */
  lifetime: 14 * DAY_MS,
  longestLifetime: 90 * DAY_MS,
} as const;
