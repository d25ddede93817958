/** What metadata says about a file, made from its bytes. */
import { digestHex } from '../../crypto/digest.js';
import type { JsonObject } from '../../json/types.js';
import type { MetaFile, TargetFile } from '../model.js';

/** The entry for a metadata file: version, length and SHA-256. */
export function describeMetadata(version: number, bytes: Uint8Array): MetaFile {
  return { version, length: bytes.length, hashes: new Map([['sha256', digestHex('sha256', bytes)]]) };
}

/** The entry for a target file: length, SHA-256, and what the publisher adds. */
export function describeTarget(bytes: Uint8Array, custom?: JsonObject): TargetFile {
  const hashes = new Map([['sha256', digestHex('sha256', bytes)]]);
  return { length: bytes.length, hashes, ...(custom && { custom }) };
}
