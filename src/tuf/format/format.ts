/** What a wire format gives to `document.ts`: one file each. */
import type { KeyId } from '../../crypto/key-id.js';
import type { RunIn } from '../../json/strict.js';
import type { JsonObject } from '../../json/types.js';
import type { RoleType } from '../role-name.js';

export interface Signature {
  readonly keyId: KeyId;
  /** Undefined when the text cannot be decoded (or is empty): the signature then does not count. */
  readonly bytes: Uint8Array | undefined;
  /** How it was made, in formats where a signature says so. */
  readonly method?: string | undefined;
}

/** The models `M` by type, and how they and a signature are read. */
export interface Format<M> {
  /** @throws WritError for what is not of `type`, or breaks the format */
  readSigned<T extends RoleType & keyof M>(type: T, signed: JsonObject): M[T];
  /** @throws WritError JSON_TYPE, KEY_FORMAT for what has not the shape of a signature */
  readSignature(json: JsonObject, path: string): Signature;
  /** Where a type may leave a long run of entries in the text. */
  readonly runs?: Readonly<Partial<Record<RoleType, RunIn>>>;
}
