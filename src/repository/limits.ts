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
}

export const PUBLICATION_LIMITS: PublicationLimits = {
  blobs: 256,
  blobBytes: 4 * 1024 * 1024,
  totalBlobBytes: 32 * 1024 * 1024,
  documents: 64,
};
