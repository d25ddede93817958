/** The bounds on what a repository may send. The sizes are those of the reference clients. */
export interface Limits {
  /** Bytes of one file of each type. */
  readonly root: number;
  readonly timestamp: number;
  readonly snapshot: number;
  readonly targets: number;
  /** Root versions that one refresh follows. */
  readonly rootRotations: number;
  /** Delegated roles that one search visits. */
  readonly delegations: number;
}

export const DEFAULT_LIMITS: Limits = {
  root: 512_000,
  timestamp: 16_384,
  snapshot: 2_000_000,
  targets: 5_000_000,
  rootRotations: 256,
  delegations: 32,
};
