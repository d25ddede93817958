/** An upload while it is made: documents that are to be signed, and changes to what comes of them. */
import type { JsonObject, JsonValue } from '../../src/json/types.js';
import { listed, roleOf, signed, type Pair, type Publisher } from '../repository/notary/publisher.js';

export interface Part {
  /** `; filename="…"` and all. */
  disposition: string;
  bytes: Buffer;
}

export type Json = Record<string, JsonValue>;

/** One document before it is signed. */
export interface Draft {
  readonly role: string;
  readonly signers: Pair[];
  /** The `signed` part. */
  readonly json: Json;
  /** Changes to the text of the signed document. */
  readonly edits: ((text: string) => string)[];
}

/** A whole upload. Everything may be changed. */
export interface UploadDraft {
  readonly owner: Publisher;
  readonly delegate: Pair;
  drafts: Draft[];
  readonly partEdits: ((parts: Part[]) => Part[])[];
  readonly bodyEdits: ((body: string) => string)[];
  contentType: string;
}

export const BOUNDARY = 'c3ce8b02b5f7c62bb0689f1f34fb5c86c01e41d6c1292a06a8aa75513b88';

/** Targets version 2 with one tag, and a delegation that was there before. */
export function draftOf(owner: Publisher, delegate: Pair): UploadDraft {
  const targets = owner.targetsPart(2, ['v2'], { delegations: delegationTo(delegate) });
  return {
    owner,
    delegate,
    drafts: [{ role: 'targets', signers: [owner.targets], json: { ...targets }, edits: [] }],
    partEdits: [],
    bodyEdits: [],
    contentType: `multipart/form-data; boundary=${BOUNDARY}`,
  };
}

export const delegationTo = (delegate: Pair): JsonObject => ({
  keys: listed([delegate]),
  roles: [{ name: 'targets/a', paths: [''], ...roleOf([delegate]) }],
});

/** The bytes that are sent. */
export function bodyOf({ drafts, partEdits, bodyEdits }: UploadDraft): Buffer<ArrayBuffer> {
  let parts: Part[] = drafts.map(({ role, signers, json, edits }) => {
    const text = edits.reduce((now, edit) => edit(now), Buffer.from(signed(json, signers)).toString());
    return { disposition: `form-data; name="files"; filename="${role}"`, bytes: Buffer.from(text) };
  });
  for (const edit of partEdits) parts = edit(parts);
  const pieces = parts.map(
    ({ disposition, bytes }) =>
      `--${BOUNDARY}\r\nContent-Disposition: ${disposition}\r\nContent-Type: application/octet-stream\r\n\r\n${bytes.toString('latin1')}\r\n`,
  );
  const body = bodyEdits.reduce((now, edit) => edit(now), `${pieces.join('')}--${BOUNDARY}--\r\n`);
  return Buffer.from(body, 'latin1');
}
