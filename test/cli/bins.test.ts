/** An owner divides a role into hash bins and signs in them; other clients, and tuf-js, find what was signed. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Updater } from 'tuf-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, json, manifestText, type World } from './world.js';

const OLD = 'registry.example/old:1';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const listed = (name: string): string =>
  `registry.example/${name}@sha256:${sha256(name)} ${100 + name.length} network=user`;

let world: World;

async function does(...argv: string[]): Promise<Record<string, unknown>> {
  const ran = await world.writ([...argv, '--json']);
  expect(ran.code, `writ ${argv.join(' ')}: ${ran.stdout}${ran.stderr}`).toBe(0);
  return json(ran);
}

async function fails(...argv: string[]): Promise<string> {
  const ran = await world.writ([...argv, '--json']);
  expect(ran.code).not.toBe(0);
  const { code, message } = json(ran)['error'] as { code: string; message: string };
  return `${code}: ${message}`;
}

const sign = (image: string, name: string): Promise<Record<string, unknown>> =>
  does(
    'sign',
    image,
    '--manifest',
    world.file(`${name}.json`, manifestText(name)),
    '--repository',
    'example',
  );

async function versions(): Promise<Record<string, number>> {
  const timestamp = (await (await fetch(`${world.server}/tuf/example/metadata/timestamp.json`)).json()) as {
    signed: { meta: Record<string, { version: number }> };
  };
  const version = timestamp.signed.meta['snapshot.json']?.version;
  const url = `${world.server}/tuf/example/metadata/${String(version)}.snapshot.json`;
  const snapshot = (await (await fetch(url)).json()) as {
    signed: { meta: Record<string, { version: number }> };
  };
  return Object.fromEntries(Object.entries(snapshot.signed.meta).map(([name, meta]) => [name, meta.version]));
}

/** The files that differ between two snapshots. */
function changed(before: Record<string, number>, after: Record<string, number>): string[] {
  expect(Object.keys(after)).toEqual(expect.arrayContaining(Object.keys(before)));
  return Object.keys(after).filter(name => before[name] !== after[name]);
}

beforeAll(async () => {
  world = await createWorld();
  await does('init', 'example');
  await sign(OLD, 'old');
});
afterAll(() => world.close());

describe.sequential('hash bins from the command line', () => {
  it('are asked for in vain where there are none, or where they cannot be', async () => {
    const list = world.file('none.txt', '');
    expect(await fails('import', '--from', list)).toContain('USAGE: the role targets has no hash bins');
    for (const bits of ['0', '16', '-1', 'x', '']) {
      expect(await fails('delegation', 'bins', '--bits', bits)).toMatch(/^USAGE/);
    }
    expect(await fails('delegation', 'bins', 'nobody')).toMatch(/^TUF_NOT_DELEGATED/);
    expect(await fails('delegation', 'bins', '--threshold', '2')).toMatch(/^USAGE/);
    expect(await versions()).toEqual({ 'targets.json': 2 });
  });

  it('take over what the role signed, all in one commit', async () => {
    expect(await does('delegation', 'bins', '--bits', '3')).toMatchObject({
      role: 'targets',
      bins: 8,
      prefix: 'bins',
      moved: 2,
      version: 3,
    });
    const bins = Object.fromEntries([0, 1, 2, 3, 4, 5, 6, 7].map(i => [`bins-${i}.json`, 1]));
    expect(await versions()).toEqual({ 'targets.json': 3, ...bins });
    expect(await does('verify', OLD)).toMatchObject({ role: expect.stringMatching(/^bins-\d$/) as string });
    expect(await fails('delegation', 'bins')).toContain('divided into hash bins already');
  });

  it('change by two at most when an image is signed', async () => {
    const before = await versions();
    const signed = await sign('registry.example/new:1', 'new');
    expect(signed).toMatchObject({ published: true, version: 2, targets: { length: 2 } });
    const files = changed(before, await versions());
    expect(files.length).toBeGreaterThanOrEqual(1);
    expect(files.length).toBeLessThanOrEqual(2);
    expect(files).toContain(`${String(signed['role'])}.json`);
    expect(await does('verify', 'registry.example/new:1')).toMatchObject({ repository: 'example' });
    // A second time: the same content, renewed.
    expect(await sign('registry.example/new:1', 'new')).toMatchObject({ version: 3 });
    const again = [
      'sign',
      'registry.example/new:2',
      '--manifest',
      world.file('new.json', manifestText('new')),
    ];
    const ran = await world.writ([...again, '--repository', 'example', '--grant', 'network=user']);
    expect(ran.stderr).toContain('was signed with the grants none: they are replaced for all of its tags');
  });

  it('take many images in one commit, and nothing the second time', async () => {
    const names = Array.from({ length: 60 }, (_, i) => `app-${i}:1`);
    const list = world.file('images.txt', ['# a comment', '', ...names.map(listed)].join('\r\n'));
    const before = await versions();
    const ran = await world.writ(['import', '--from', list, '--json']);
    expect(json(ran)).toMatchObject({ images: 60, targets: 120, bins: 8 });
    expect(ran.stderr).toContain('8 bins are signed and sent');
    expect(changed(before, await versions())).toHaveLength(8);
    expect(await does('verify', 'registry.example/app-59:1')).toMatchObject({
      digest: `sha256:${sha256('app-59:1')}`,
      grants: { network: 'user' },
    });
    const after = await versions();
    expect(await does('import', '--from', list)).toMatchObject({ bins: 0, signers: [] });
    expect(await versions()).toEqual(after);
    const more = world.file('more.txt', `${listed('app-0:1')}\n${listed('one-more:1')}\n`);
    expect(changed(after, (await does('import', '--from', more), await versions())).length).toBeLessThan(3);
    expect(await does('verify', OLD)).toMatchObject({ repository: 'example' });
  });

  it.each([
    ['registry.example/app:1 12', 'line 2: an image to import is written'],
    [`registry.example/app@sha256:${'0'.repeat(64)}`, 'USAGE'],
    [`registry.example/app@sha256:${'0'.repeat(63)} 12`, 'IMAGE_'],
    [`registry.example/app@sha256:${'0'.repeat(64)} -1`, 'USAGE'],
    [`registry.example/app@sha256:${'0'.repeat(64)} 1e3`, 'USAGE'],
    [`registry.example/app@sha256:${'0'.repeat(64)} 12 network=everything`, 'GRANT_LEVEL'],
    [`registry.example/app@sha256:${'0'.repeat(64)} 12 network`, 'GRANT_SYNTAX'],
    [`registry.example/app-0:1@sha256:${'0'.repeat(64)} 12`, 'USAGE'],
  ])('refuse the whole list for the line %s', async (line, expected) => {
    const before = await versions();
    const list = world.file('wrong.txt', `${listed('app-0:1')}\n${line}\n`);
    expect(await fails('import', '--from', list)).toContain(expected);
    expect(await versions()).toEqual(before);
  });

  it('lose a tag and a digest without touching another', async () => {
    const before = await versions();
    const tag = 'registry.example/app-1:1';
    expect(await does('untag', tag)).toMatchObject({ targets: [tag], published: true });
    expect(await fails('verify', tag)).toContain('CLI_NOT_SIGNED');
    const pinned = `registry.example/app-2@sha256:${sha256('app-2:1')}`;
    expect(await does('revoke', pinned)).toMatchObject({ published: true });
    expect(await fails('verify', 'registry.example/app-2:1')).toContain('CLI_NOT_SIGNED');
    expect(changed(before, await versions()).length).toBeLessThanOrEqual(2);
    expect(await does('verify', 'registry.example/app-3:1')).toMatchObject({ repository: 'example' });
  });

  it('are all signed again with their role', async () => {
    const before = await versions();
    expect(await does('resign', 'targets')).toMatchObject({ role: 'targets', bins: 8 });
    expect(changed(before, await versions())).toHaveLength(9);
    expect(await does('verify', 'registry.example/app-3:1')).toMatchObject({ repository: 'example' });
  });

  it('are listed where they are few; where they are many, the list says that it lacks them', async () => {
    const { images } = await does('list', 'example');
    expect(images).toContainEqual(expect.objectContaining({ image: 'registry.example/app-3:1' }));
    await does('init', 'many');
    await does('delegation', 'bins', '--bits', '5', '--repository', 'many');
    const ran = await world.writ(['list', 'many']);
    expect(ran.code).toBe(0);
    expect(ran.stderr).toContain('it is divided into 2^5 hash bins');
  });

  it('are read by tuf-js', async () => {
    const [metadataDir, targetDir] = [join(world.folder, 'theirs'), join(world.folder, 'theirs-targets')];
    mkdirSync(metadataDir);
    mkdirSync(targetDir);
    const base = `${world.server}/tuf/example`;
    const root = await fetch(`${base}/metadata/1.root.json`);
    writeFileSync(join(metadataDir, 'root.json'), Buffer.from(await root.arrayBuffer()));
    const theirs = new Updater({
      metadataDir,
      targetDir,
      metadataBaseUrl: `${base}/metadata`,
      targetBaseUrl: `${base}/targets`,
    });
    await theirs.refresh();
    expect((await theirs.getTargetInfo('registry.example/app-7:1'))?.hashes).toEqual({
      sha256: sha256('app-7:1'),
    });
    expect(await theirs.getTargetInfo('registry.example/none:1')).toBeUndefined();
    const target = await theirs.getTargetInfo('registry.example/new:1');
    if (target === undefined) throw new Error('tuf-js does not find what writ signed');
    expect(readFileSync(await theirs.downloadTarget(target), 'utf8')).toBe(manifestText('new'));
  });
});
