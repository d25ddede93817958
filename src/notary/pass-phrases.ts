/** Which key a pass-phrase is wanted for. */
export interface PassphraseRequest {
  /** Empty for a key whose id does not say anything yet. */
  readonly keyId: string;
  /** Of the key's file: `root`, `targets`, `snapshot`, or any name for keys of delegations. */
  readonly role: string;
  /** The pass-phrase is chosen for a new file. */
  readonly choose: boolean;
  /** How many pass-phrases were wrong before. */
  readonly attempt: number;
}

/** Gives the pass-phrase of a key; undefined when there is none, or no other than before. */
export type PassphraseSource = (request: PassphraseRequest) => Promise<string | undefined>;
