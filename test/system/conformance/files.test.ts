/** `test_file_download.py` and `test_quoting_issues.py` of the public suite. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { utf8 } from '../../tuf/simulator.js';
import { it } from './client.js';

const FILE = 'target_file.txt';
const CONTENT = 'target file contents';

describe.concurrent('test_file_download', () => {
  it('test_client_downloads_expected_file', async ({ repo, client }) => {
    await client.init(repo.latest('root'));
    repo.addTarget(FILE, CONTENT);
    repo.publish('targets', 'snapshot', 'timestamp');
    expect(await client.refresh()).toBe(0);
    expect(client.downloads()).toEqual([]);
    expect(await client.download(FILE)).toBe(0);
    expect(client.downloads()).toEqual([CONTENT]);
  });

  it('test_client_downloads_expected_file_in_sub_dir', async ({ repo, client }) => {
    await client.init(repo.latest('root'));
    repo.addTarget('path/to/a/target_file.txt', CONTENT);
    repo.publish('targets', 'snapshot', 'timestamp');
    expect(await client.download('path/to/a/target_file.txt')).toBe(0);
    expect(client.downloads()).toEqual([CONTENT]);
  });

  it('test_repository_substitutes_target_file', async ({ repo, client }) => {
    await client.init(repo.latest('root'));
    repo.addTarget('one', CONTENT);
    repo.addTarget('two', 'content');
    repo.publish('targets', 'snapshot', 'timestamp');
    expect(await client.download('one')).toBe(0);
    for (const path of ['one', 'two']) repo.substitute(path, 'malicious data - should not download');
    expect(await client.download('one')).toBe(0); // it is there already
    expect(client.downloads()).toEqual([CONTENT]);
    expect(await client.download('two')).toBe(1);
    expect(client.downloads()).toEqual([CONTENT]);
  });

  it('test_multiple_changes_to_target', async ({ repo, client }) => {
    await client.init(repo.latest('root'));
    repo.addTarget(FILE, CONTENT);
    repo.publish('targets', 'snapshot', 'timestamp');
    expect(await client.download(FILE)).toBe(0);
    const others: string[] = [];
    for (let i = 0; i < 11; i++) {
      repo.addTarget(FILE, `modified file contents ${i}`);
      repo.addTarget(`new-target-${i}`, `new file contents ${i}`);
      repo.publish('targets', 'snapshot', 'timestamp');
      if (i % 5 !== 0) continue; // the client sees every fifth version
      expect(await client.download(FILE, `new-target-${i}`)).toBe(0);
      others.push(`new file contents ${i}`);
      const expected = [...others, `modified file contents ${i}`].sort();
      expect(client.downloads().sort()).toEqual(expected);
      repo.substitute(FILE, `malicious contents ${i}`);
      repo.publish('targets', 'snapshot', 'timestamp');
      await client.download(FILE);
      expect(client.downloads().sort()).toEqual(expected);
    }
  });

  it.for([[['sha256']], [['sha512']], [['sha256', 'sha512']]])(
    'test_download_with_hash_algorithms[%s]',
    async ([algorithms], { repo, client }) => {
      const digest = (algorithm: string): string => createHash(algorithm).update(CONTENT).digest('hex');
      const hashes = Object.fromEntries(algorithms!.map(name => [name, digest(name)]));
      repo.top().targets[FILE] = { length: CONTENT.length, hashes };
      for (const hash of Object.values(hashes)) repo.targetFiles.set(`${hash}.${FILE}`, utf8(CONTENT));
      repo.publish('targets', 'snapshot', 'timestamp');
      await client.init(repo.latest('root'));
      expect(await client.download(FILE)).toBe(0);
      expect(repo.askedTargets).toHaveLength(1);
      expect(Object.values(hashes).map(hash => `${hash}.${FILE}`)).toContain(repo.askedTargets[0]);
      expect(client.downloads()).toEqual([CONTENT]);
    },
  );

  it('test_download_with_unknown_hash_algorithm', async ({ repo, client }) => {
    const hash = createHash('sha512').update(CONTENT).digest('hex');
    repo.top().targets[FILE] = { length: CONTENT.length, hashes: { 'unknown-hash': hash } };
    repo.targetFiles.set(`${hash}.${FILE}`, utf8(CONTENT));
    repo.publish('targets', 'snapshot', 'timestamp');
    await client.init(repo.latest('root'));
    expect(await client.download(FILE)).toBe(1);
    expect(client.downloads()).toEqual([]);
  });

  it('test_artifact_cache', async ({ repo, client }) => {
    repo.addTarget(FILE, CONTENT);
    repo.publish('targets', 'snapshot', 'timestamp');
    await client.init(repo.latest('root'));
    for (let i = 0; i < 3; i++) expect(await client.download(FILE, FILE)).toBe(0);
    expect(repo.askedTargets).toHaveLength(1);
    const [name] = readdirSync(client.targetDir);
    writeFileSync(join(client.targetDir, name!), 'damaged');
    expect(await client.download(FILE)).toBe(0);
    expect(repo.askedTargets).toHaveLength(2);
    expect(client.downloads()).toEqual([CONTENT]);
  });

  it('stops at the first target that fails, and keeps what came before', async ({ repo, client }) => {
    for (const name of ['a', 'b', 'c']) repo.addTarget(name, `of ${name}`);
    repo.publish('targets', 'snapshot', 'timestamp');
    repo.substitute('b', 'of x');
    await client.init(repo.latest('root'));
    expect(await client.download('a', 'b', 'c')).toBe(1);
    expect(client.downloads()).toEqual(['of a']);
    expect(repo.askedTargets.map(name => name.replace(/.*\./, ''))).toEqual(['a', 'b']);
  });

  it('without consistent snapshots, names have neither version nor hash', async ({ repo, client }) => {
    repo.root.consistent_snapshot = false;
    repo.addTarget(FILE, CONTENT);
    repo.targetFiles.set(FILE, utf8(CONTENT));
    const root = repo.latest('root');
    for (const role of ['targets', 'snapshot']) repo.forget(role);
    repo.publish('root', 'targets', 'snapshot', 'timestamp');
    await client.init(root);
    expect(await client.download(FILE)).toBe(0);
    expect(repo.asked).toEqual([
      '2.root.json',
      '3.root.json',
      'timestamp.json',
      'snapshot.json',
      'targets.json',
    ]);
    expect(repo.askedTargets).toEqual([FILE]);
  });
});

describe.concurrent('attack: names of targets as paths, on the disk (CVE-2021-41131, CVE-2021-41149)', () => {
  it.for([
    ['a?b', 0],
    ['a#b', 0],
    ['a%2e%2e%2fb', 0],
    ['a b', 0],
    ['ä/ö', 0],
    ['-x', 0],
    ['--target-dir', 0],
    ['..', 0], // its name on the wire begins with the hash
    ['../x', 1],
    ['a/../../x', 1],
    ['/tmp/x', 1],
    ['a//b', 1],
    [`${'x'.repeat(300)}`, 0],
  ] as const)('%s', async ([path, code], { repo, client }) => {
    repo.addTarget(path, CONTENT);
    repo.publish('targets', 'snapshot', 'timestamp');
    await client.init(repo.latest('root'));
    expect(await client.download(path)).toBe(code);
    expect(client.downloads()).toEqual(code === 0 ? [CONTENT] : []);
    expect(readdirSync(client.folder).sort()).toEqual(['initial_root.json', 'metadata', 'targets']);
    expect(repo.askedTargets.filter(name => name.split('/').includes('..'))).toEqual([]);
  });

  it('a symbolic link in the place of a target is replaced, not followed (CVE-2021-41150)', async ({
    repo,
    client,
  }) => {
    repo.addTarget(FILE, CONTENT);
    repo.publish('targets', 'snapshot', 'timestamp');
    const victim = join(client.folder, 'victim');
    writeFileSync(victim, 'mine');
    symlinkSync(victim, join(client.targetDir, FILE));
    await client.init(repo.latest('root'));
    expect(await client.download(FILE)).toBe(0);
    expect(readFileSync(victim, 'utf8')).toBe('mine');
    expect(client.downloads()).toEqual([CONTENT]);
  });
});

describe.concurrent('test_quoting_issues', () => {
  it.for([
    ['?', '1.%3F.json'],
    ['#', '1.%23.json'],
    ['/delegatedrole', '1.%2Fdelegatedrole.json'],
    ['../delegatedrole', '1...%2Fdelegatedrole.json'],
    ['..', '1....json'],
    ['.', '1...json'],
    ['%2e%2e', '1.%252e%252e.json'],
    ['a/../../b', '1.a%2F..%2F..%2Fb.json'],
    ['1.snapshot', '1.1.snapshot.json'],
  ] as const)('test_unusual_role_name[%s]', async ([role, asked], { repo, client }) => {
    repo.addDelegation('targets', role, ['*']);
    repo.publish(role, 'targets', 'snapshot', 'timestamp');
    await client.init(repo.latest('root'));
    expect(await client.download('nonexistent target')).toBe(1);
    expect(repo.asked).toContain(asked);
    expect(client.trusted()).toHaveLength(5);
    expect(existsSync(join(client.folder, 'delegatedrole.json'))).toBe(false);
  });
});
