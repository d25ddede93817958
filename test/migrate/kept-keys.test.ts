/** A notary-signer that goes on: which of its keys are noted, and for whom. */
import { describe, expect, it } from 'vitest';
import type { NotaryKey } from '../../src/crypto/notary-key.js';
import type { KeyRow } from '../../src/migrate/databases.js';
import { KeptKeys } from '../../src/migrate/kept-keys.js';
import { importRepository } from '../../src/repository/notary/import.js';
import { heldKeyIds } from '../../src/repository/notary/held-keys.js';
import { NotaryRepositories } from '../../src/repository/notary/service.js';
import { NOTARY_LIFETIMES } from '../../src/server/notary/open.js';
import { parseGun } from '../../src/tuf/notary/names.js';
import { foreign, place } from '../repository/notary/foreign.js';
import { HeldSigner } from '../repository/notary/held-signer.js';
import { GUN, pair, Publisher, upload, type Pair } from '../repository/notary/publisher.js';

const NEW = parseGun('registry.example/acme/new');

/** As notary-signer's database has it; nobody is to open what is sealed. */
const rowOf = ({ id, keytype, keyval }: NotaryKey, role: string, gun: string): KeyRow => ({
  id,
  encryption: 'A256GCM',
  keywrap: 'PBES2-HS256+A128KW',
  algorithm: keytype,
  alias: 'unknown',
  publicKey: Buffer.from(String(keyval['public']), 'base64'),
  sealed: 'sealed',
  gun,
  role,
});

/** A service to import into, and a signer that has some keys already. */
function moved(...held: Pair[]) {
  const holder = new HeldSigner();
  for (const { key, privateKey } of held) holder.keys.set(key.id, privateKey);
  const ports = { ...place(), holder };
  const repositories = new NotaryRepositories({ ...ports, lifetimes: NOTARY_LIFETIMES });
  return { holder, ports, repositories, keep: (rows: KeyRow[]) => new KeptKeys(ports, holder, rows) };
}

describe('the keys of a signer that is kept', () => {
  it('that a client was given and had not published sign for it, and for nobody else', async () => {
    const [timestamp, snapshot] = [pair(), pair()];
    const { ports, repositories, keep } = moved(timestamp, snapshot);
    const rows = [rowOf(timestamp.key, 'timestamp', NEW), rowOf(snapshot.key, 'snapshot', NEW)];
    const keys = keep(rows);
    expect([...keys.names]).toEqual([NEW]);
    await keys.take(NEW, undefined);
    await keys.take(NEW, undefined);
    expect(keys.report).toEqual({ imported: 2, leftOut: [] });
    expect((await repositories.key(NEW, 'timestamp')).id).toBe(timestamp.key.id);
    expect([...(await heldKeyIds(ports.index, GUN, 'timestamp'))]).toEqual([]);
    const given = { timestamp: timestamp.key, snapshot: snapshot.key };
    const first = (owner: Publisher) =>
      upload({ root: owner.rootDocument(1, true), targets: owner.targetsDocument() });
    await expect(repositories.upload(GUN, first(new Publisher(GUN, given)))).rejects.toMatchObject({
      code: 'NOTARY_UPDATE',
    });
    await repositories.upload(NEW, first(new Publisher(NEW, given)));
  });

  it('come after the one that the root names, which clients are told to name', async () => {
    const from = foreign();
    const [older, newer] = [pair(), pair()];
    const { ports, repositories, keep } = moved(from.timestamp, from.snapshot, older, newer);
    const rows = [older, from.timestamp, newer].map(({ key }) => rowOf(key, 'timestamp', GUN));
    const keys = keep(rows);
    await importRepository(from.repository, ports, root => keys.take(GUN, root));
    expect(keys.report.imported).toBe(4);
    expect((await repositories.key(GUN, 'timestamp')).id).toBe(from.timestamp.key.id);
    expect(await heldKeyIds(ports.index, GUN, 'timestamp')).toEqual(
      new Set([from.timestamp, newer, older].map(({ key }) => key.id)),
    );
  });

  it('are the newest sixteen of a role, and none that the signer does not have', async () => {
    const made = Array.from({ length: 18 }, pair);
    const absent = pair();
    const { ports, keep } = moved(...made);
    const rows = [...made, absent].map(({ key }) => rowOf(key, 'timestamp', NEW));
    await keep(rows).take(NEW, undefined);
    const ids = await heldKeyIds(ports.index, NEW, 'timestamp');
    expect(ids).toEqual(new Set(made.slice(3).map(({ key }) => key.id)));
  });

  it.each([
    ['another id than its key', { id: pair().key.id }, /another key than its row says/],
    ['no key', { publicKey: new Uint8Array(3) }, /cannot be used/],
    ['an algorithm that there is not', { algorithm: 'dsa' }, /cannot be used/],
  ])('are left out where a row has %s', async (_what, change, why) => {
    const made = pair();
    const { ports, keep } = moved(made);
    const keys = keep([{ ...rowOf(made.key, 'timestamp', NEW), ...change }]);
    await keys.take(NEW, undefined);
    expect(keys.report).toEqual({
      imported: 0,
      leftOut: [
        expect.objectContaining({ name: NEW, role: 'timestamp', why: expect.stringMatching(why) as string }),
      ],
    });
    expect((await heldKeyIds(ports.index, NEW, 'timestamp')).size).toBe(0);
  });
});
