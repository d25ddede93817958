/**
 * `test_static_repositories.py` of the public suite: repositories that other programs made. That suite has stored
 * ones; these are made here, by @tufjs/models in the forms that they take (indented JSON, ECDSA keys, fields of the
 * maker's own).
 */
import * as models from '@tufjs/models';
import { describe, expect } from 'vitest';
import { ecdsa, type KeyPair } from '../../crypto/keys.js';
import { sha256, utf8 } from '../../tuf/simulator.js';
import { it } from './client.js';
import { DAY } from './repository.js';

const COMMON = { specVersion: '1.0.31', version: 1 };
const expires = new Date(Date.now() + 20 * DAY).toISOString().replace(/\.\d+Z$/, 'Z');
const CONTENT = 'artifact of a delegated role';

function keyOf({ key }: KeyPair, owner: string): models.Key {
  const { keytype, scheme, keyval } = key.toJson() as Record<string, string>;
  return new models.Key({
    keyID: key.id,
    keyType: keytype!,
    scheme: scheme!,
    keyVal: keyval as unknown as Record<string, string>,
    unrecognizedFields: { 'x-keyowner': owner },
  });
}

type Part = models.Root | models.Targets | models.Snapshot | models.Timestamp;

function write(signed: Part, ...pairs: KeyPair[]): Uint8Array {
  const document = new models.Metadata(signed);
  for (const pair of pairs) {
    document.sign(
      data =>
        new models.Signature({
          keyID: pair.key.id,
          sig: Buffer.from(pair.sign(data)).toString('hex'),
        }),
    );
  }
  return utf8(JSON.stringify(document.toJSON(), null, 1));
}

function makeFiles(person: KeyPair, online: KeyPair): Map<string, Uint8Array> {
  const root = new models.Root({ ...COMMON, expires, consistentSnapshot: true });
  const owners: [KeyPair, string, string[]][] = [
    [person, '@person', ['root', 'targets']],
    [online, 'kms:1', ['timestamp', 'snapshot']],
  ];
  for (const [pair, owner, roles] of owners) for (const role of roles) root.addKey(keyOf(pair, owner), role);
  const role = { name: 'delegatedrole', keyids: [person.key.id], threshold: 1, terminating: true };
  const targets = models.Targets.fromJSON({
    _type: 'targets',
    spec_version: '1.0.31',
    version: 1,
    expires,
    targets: {},
    delegations: {
      keys: { [person.key.id]: keyOf(person, '@person').toJSON() },
      roles: [{ ...role, paths: ['delegatedrole/*'] }],
    },
  });
  const delegated = new models.Targets({ ...COMMON, expires });
  delegated.addTarget(
    new models.TargetFile({
      path: 'delegatedrole/artifact',
      length: CONTENT.length,
      hashes: { sha256: sha256(utf8(CONTENT)) },
    }),
  );
  const version = (n: number): models.MetaFile => new models.MetaFile({ version: n });
  const meta = { 'targets.json': version(1), 'delegatedrole.json': version(1) };
  const snapshot = new models.Snapshot({ ...COMMON, expires, meta });
  const timestamp = new models.Timestamp({ ...COMMON, expires, snapshotMeta: version(1) });
  return new Map([
    ['1.root.json', write(root, person)],
    ['1.targets.json', write(targets, person)],
    ['1.delegatedrole.json', write(delegated, person)],
    ['1.snapshot.json', write(snapshot, online)],
    ['timestamp.json', write(timestamp, online)],
  ]);
}

describe('test_static_repository', () => {
  it('test_static_repository[@tufjs/models]', async ({ repo, client }) => {
    repo.files.clear();
    for (const [name, bytes] of makeFiles(ecdsa(), ecdsa())) repo.files.set(name, bytes);
    repo.targetFiles.set(`delegatedrole/${sha256(utf8(CONTENT))}.artifact`, utf8(CONTENT));
    expect(await client.init(repo.files.get('1.root.json')!)).toBe(0);
    expect(await client.refresh()).toBe(0);
    expect(await client.download('delegatedrole/artifact')).toBe(0);
    expect(client.downloads()).toEqual([CONTENT]);
    for (const role of ['targets', 'snapshot', 'delegatedrole'])
      expect(client.bytes(role)).toEqual(repo.files.get(`1.${role}.json`));
  });
});
