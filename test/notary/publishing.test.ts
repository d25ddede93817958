/** Staging and publishing: what the change list has, what is refused, what stays when a publication fails. */
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generateNotaryKey } from '../../src/keystore/notary-private-key.js';
import { parseChange, writeChange } from '../../src/notary/change.js';
import { parseCustom, readTargetData, withCustom, writeTargetData } from '../../src/notary/change-data.js';
import { TrustFolder } from '../../src/notary/trust-folder.js';
import { parseGun } from '../../src/tuf/notary/names.js';
import { httpRequest } from '../../src/transport/http.js';
import type { HttpClient } from '../../src/transport/http-types.js';
import { ROOT } from '../../src/tuf/role-name.js';
import { start } from '../server/service.js';
import { client, fileOf, GUN, temporary } from './client.js';
import { Made } from './made-server.js';

const service = async (): Promise<string> =>
  (await start({ auth: { mode: 'loopback' } })).addresses.repository;

const NOWHERE = 'http://127.0.0.1:1';

describe('the change list', () => {
  it('is files of mode 0600 in the order in which they were staged', async () => {
    const { repository, trust } = await client({ server: NOWHERE, clock: { now: () => new Date(0) } });
    await repository.addTarget('v1', fileOf('one'));
    await repository.removeTarget('v1', ['targets', 'targets/a']);
    await repository.witness(['targets']);
    const folder = join(trust, 'tuf', GUN, 'changelist');
    const names = readdirSync(folder).sort();
    expect(names).toHaveLength(4);
    for (const name of names) {
      expect(name).toMatch(/^\d{20}_[0-9a-f-]{36}\.change$/);
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    }
    expect(
      (await repository.changes.list()).map(
        ({ change }) => `${change.action} ${change.scope} ${change.path}`,
      ),
    ).toEqual(['create targets v1', 'delete targets v1', 'delete targets/a v1', 'update targets ']);
    await repository.changes.remove(new Set([0, 2, 99]));
    expect((await repository.changes.list()).map(({ change }) => change.scope)).toEqual([
      'targets',
      'targets',
    ]);
  });

  it('that cannot be read says which file, and can be reset', async () => {
    const { repository, trust } = await client({ server: NOWHERE });
    await repository.addTarget('v1', fileOf('one'));
    const folder = join(trust, 'tuf', GUN, 'changelist');
    writeFileSync(join(folder, '99999999999999999999_x.change'), '{');
    await expect(repository.changes.list()).rejects.toMatchObject({
      code: 'NOTARY_CHANGE',
      message: expect.stringContaining('99999999999999999999_x.change') as string,
    });
    await repository.changes.remove();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is in the bytes of notary', () => {
    const text =
      '{"action":"create","role":"targets/rel","type":"delegation","path":"","data":"eyJhZGRfcGF0aHMiOlsiIl19"}';
    expect(Buffer.from(writeChange(parseChange(Buffer.from(text), 'x'))).toString()).toBe(text);
    const none = '{"action":"update","role":"targets","type":"witness","path":"","data":null}';
    expect(Buffer.from(writeChange(parseChange(Buffer.from(none), 'x'))).toString()).toBe(none);
  });

  it('has custom data in its canonical form, of any kind', () => {
    for (const [text, canonical] of [
      ['{"b":1,"a":[2]}', '"custom":{"a":[2],"b":1}'],
      ['"x"', '"custom":"x"'],
      ['null', '"custom":null'],
    ] as const) {
      const data = writeTargetData(withCustom(fileOf('x'), parseCustom(Buffer.from(text))));
      expect(Buffer.from(data).toString()).toContain(canonical);
      if (text !== 'null') expect(writeTargetData(readTargetData(data))).toEqual(data);
    }
  });

  it.each([
    ['foo', 'cannot add targets to this role'],
    ['targets/UPPER', 'cannot add targets to this role'],
    ['targets/', 'cannot add targets to this role'],
    ['targets/../x', 'cannot add targets to this role'],
    ['root', 'cannot add targets to this role'],
  ])('takes no target for the role %s', async (role, message) => {
    const { repository } = await client({ server: NOWHERE });
    await expect(repository.addTarget('v1', fileOf('one'), [role])).rejects.toMatchObject({
      code: 'NOTARY_ROLE',
      message: `tuf: invalid role ${role}. ${message}`,
    });
    expect(await repository.changes.list()).toEqual([]);
  });
});

describe('must beat, row 4: a name must not lead out of the trust folder', () => {
  it.each(['../../..', 'a/../b', '/a', 'a/', 'a//b', '.', 'a\\b'])('%s', name => {
    expect(() => new TrustFolder('/tmp/trust').repository(parseGun(name))).toThrow(
      expect.objectContaining({ code: 'NOTARY_PATH' }),
    );
  });
});

describe('a publication', () => {
  it('that lost a race fails with its own code, and what is staged stays', async () => {
    const server = await service();
    const one = await client({ server });
    await one.repository.initialize();
    await one.repository.publish();
    // The same owner elsewhere publishes between what this one reads and what it sends.
    const trust = temporary();
    cpSync(one.trust, trust, { recursive: true });
    let between: (() => Promise<unknown>) | undefined = () => one.repository.publish();
    const http: HttpClient = async request => {
      const publish = request.method === 'POST' ? between : undefined;
      if (publish !== undefined) between = undefined;
      await publish?.();
      return httpRequest(request);
    };
    const two = await client({ server, trust, http });
    await one.repository.addTarget('v1', fileOf('one'));
    await two.repository.addTarget('v2', fileOf('two'));
    await expect(two.repository.publish()).rejects.toMatchObject({ code: 'NOTARY_VERSION' });
    expect(await two.repository.changes.list()).toHaveLength(1);
    await two.repository.publish();
    expect(await two.repository.changes.list()).toEqual([]);
    const { repository } = await client({ server });
    expect((await repository.read()).targets().map(({ name }) => name)).toEqual(['v1', 'v2']);
  });

  it('drops grants with a warning, and keeps them without', async () => {
    const { repository, log } = await client({ server: await service() });
    const granted = withCustom(fileOf('one'), {
      writ: { v: 1, catalogue: '1', grants: { network: 'user' } },
    });
    await repository.initialize();
    await repository.addTarget('v1', granted);
    await repository.publish();
    expect((await repository.read()).target('v1').file.custom).toEqual(granted.custom);
    await repository.addTarget('v1', { ...granted, length: 4 });
    await repository.publish();
    expect(log).toEqual([]);
    await repository.addTarget('v1', fileOf('one'));
    await repository.publish();
    expect(log).toEqual([
      expect.stringContaining('warning: the grants of v1 in targets (custom.writ) are dropped'),
    ]);
  });

  it('needs a key of the role, and names those that would do', async () => {
    const server = await service();
    const owner = await client({ server });
    await owner.repository.initialize();
    await owner.repository.publish();
    const stranger = await client({ server });
    await stranger.repository.addTarget('v1', fileOf('one'));
    await expect(stranger.repository.publish()).rejects.toMatchObject({
      code: 'NOTARY_KEY',
      message: expect.stringMatching(/at least one of these keys must be available: [0-9a-f]{64}$/) as string,
    });
    expect(await stranger.repository.changes.list()).toHaveLength(1);
  });

  it.each([
    ['a delegation that is not there', 'targets/none', 'x', 'NOTARY_ROLE', 'delegation does not exist'],
    [
      'a name that the delegation may not say',
      'targets/a',
      'b',
      'NOTARY_CHANGE',
      'could not add all targets',
    ],
  ])('is refused for %s', async (_why, role, name, code, message) => {
    const { repository } = await client({ server: await service() });
    const key = await generateNotaryKey();
    await repository.initialize();
    await repository.keyring.add(key, { role: 'a', gun: '' });
    await repository.addDelegation('targets/a', [key.publicKey], ['a']);
    await repository.publish();
    await repository.addTarget(name, fileOf('x'), [role]);
    await expect(repository.publish()).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    });
  });

  it('of delegations: keys and names come and go, keys are purged, what lost its keys is witnessed', async () => {
    const server = await service();
    const { repository, log } = await client({ server });
    const [alice, bob] = [await generateNotaryKey(), await generateNotaryKey()];
    for (const key of [alice, bob]) await repository.keyring.add(key, { role: 'user', gun: '' });
    await repository.initialize();
    await repository.addDelegation('targets/a', [alice.publicKey, bob.publicKey], ['x', 'y']);
    await repository.addDelegation('targets/a/b', [bob.publicKey], ['x1']);
    await repository.publish();
    const shown = async (): Promise<string[]> =>
      (await repository.read())
        .delegations()
        .map(({ name, paths, keyIds }) => `${name} ${paths.join()} ${keyIds.length}`);
    expect(await shown()).toEqual(['targets/a x,y 2', 'targets/a/b x1 1']);
    await repository.removeFromDelegation('targets/a', { paths: ['y'] });
    await repository.purgeKeys([bob.id]);
    await repository.publish();
    expect(await shown()).toEqual(['targets/a x 1', 'targets/a/b x1 0']);
    expect(log).toEqual([expect.stringContaining('role targets/a/b has fewer keys than its threshold of 1')]);
    await repository.removeDelegation('targets/a');
    await repository.publish();
    expect(await shown()).toEqual([]);
  });
});

describe('a repository', () => {
  it('is not made anew over one that follows a server', async () => {
    const { repository } = await client({ server: await service() });
    await repository.initialize();
    await repository.initialize(); // it is nobody's yet
    await repository.publish();
    await repository.read();
    await expect(repository.initialize()).rejects.toMatchObject({ code: 'NOTARY_EXISTS' });
  });

  it('loses a key only when the rotation is published', async () => {
    const server = await service();
    const { repository, trust } = await client({ server });
    await repository.initialize();
    await repository.publish();
    const targets = async (): Promise<string[]> =>
      (await new TrustFolder(trust).keys.list()).filter(({ role }) => role === 'targets').map(({ id }) => id);
    const [old = ''] = await targets();
    const [root] = (await new TrustFolder(trust).keys.list()).filter(({ role }) => role === 'root');
    const sealed = readFileSync(join(trust, 'private', `${root?.id ?? ''}.key`));
    writeFileSync(join(trust, 'private', `${root?.id ?? ''}.key`), 'nothing');
    const blind = await client({ server, trust });
    await expect(blind.repository.rotateKey({ role: 'targets', serverManaged: false })).rejects.toMatchObject(
      {
        code: 'NOTARY_KEY',
      },
    );
    expect(await targets()).toContain(old);
    writeFileSync(join(trust, 'private', `${root?.id ?? ''}.key`), sealed);
    await repository.rotateKey({ role: 'targets', serverManaged: false });
    expect(await targets()).not.toContain(old);
  });

  it('is not sent without its snapshot where the key of that is here and no pass-phrase opens it', async () => {
    const server = await service();
    const { repository, trust } = await client({ server });
    await repository.initialize();
    await repository.publish();
    const wrong = await client({ server, trust, phrases: { snapshot: 'not that one' } });
    await wrong.repository.addTarget('v1', fileOf('one'));
    await expect(wrong.repository.publish()).rejects.toMatchObject({
      code: 'NOTARY_KEY',
      message: expect.stringContaining('signing keys not available') as string,
    });
    expect(wrong.log.join('\n')).toMatch(/no pass-phrase opens the snapshot key/);
    await repository.publish();
    expect((await repository.read()).target('v1').role).toBe('targets');
  });

  it('leaves those below its name alone when it is deleted', async () => {
    const trust = temporary();
    const folders = ['acme/app', 'acme/app/metadata', 'acme/app/sub', 'acme'].map(name =>
      new TrustFolder(trust).repository(parseGun(name)),
    );
    const root = new Made().serve().files.get('root') ?? new Uint8Array();

    for (const folder of folders) await folder.write(ROOT, root);
    await folders[0]?.remove();
    expect(await Promise.all(folders.map(async folder => (await folder.read(ROOT)) !== null))).toEqual([
      false,
      true,
      true,
      true,
    ]);
  });
});
