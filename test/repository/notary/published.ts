/** A published repository, and what its refusals look like. */
import { expect } from 'vitest';
import { parseNotaryRole } from '../../../src/tuf/notary/names.js';
import { GUN, upload, world, type Publisher, type World } from './publisher.js';

export const role = parseNotaryRole;
export const refused = (name: string, message: RegExp = /./): object =>
  expect.objectContaining({
    code: 'NOTARY_UPDATE',
    details: expect.objectContaining({ name }),
    message: expect.stringMatching(message),
  });

/** A repository with root and targets 1, its snapshots signed by the service. */
export async function published(): Promise<{ w: World; p: Publisher }> {
  const w = world();
  const p = await w.publisher();
  await w.repositories.upload(GUN, upload({ root: p.rootDocument(), targets: p.targetsDocument(1, ['v1']) }));
  return { w, p };
}

export async function read(w: World, name: string): Promise<Buffer> {
  const found = await w.repositories.current(GUN, role(name));
  if (found === undefined) throw new Error(`no ${name}`);
  return Buffer.from(found.bytes);
}
