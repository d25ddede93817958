/** What brought the old Notary server down, tried on this one. */
import { describe, expect, it } from 'vitest';
import type { WritError } from '../../src/errors.js';
import { parseRepositoryName } from '../../src/image/repository-name.js';
import { findTarget } from '../../src/tuf/client/find-target.js';
import { refresh } from '../../src/tuf/client/refresh.js';
import type { RepositoryView } from '../../src/tuf/client/view.js';
import { MemoryMetadataStore } from '../../src/tuf/memory-store.js';
import { ROOT } from '../../src/tuf/role-name.js';
import {
  documents,
  EXAMPLE,
  exampleService,
  file,
  makeRoot,
  makeTargets,
  newService,
  targetsOf,
  base64,
  type TestService,
} from './publisher.js';

async function client({ service, clock }: TestService): Promise<RepositoryView> {
  const store = new MemoryMetadataStore();
  await store.save(ROOT, (await service.metadata(EXAMPLE, '1.root.json'))!.bytes);
  return refresh({ fetcher: service.fetcher(EXAMPLE), store, clock });
}

/** The same document, signed as it was, written otherwise: white space, and a member that nobody signed. */
function rewritten(bytes: Uint8Array): Uint8Array {
  const json = JSON.parse(new TextDecoder().decode(bytes)) as object;
  return file(` ${JSON.stringify({ unsigned: { note: 1.0 }, ...json }, null, 1)}\n`);
}

describe('attack: documents that are written otherwise than a program would write them', () => {
  it('are served byte for byte, hashed as they are, and do not lock the repository', async () => {
    const made = newService();
    const root = rewritten(await makeRoot());
    const targets = rewritten(await makeTargets());
    await made.service.create(EXAMPLE, { name: 'example', documents: documents({ root, targets }) });
    expect((await made.service.metadata(EXAMPLE, '1.root.json'))!.bytes).toEqual(root);
    expect((await made.service.metadata(EXAMPLE, '1.targets.json'))!.bytes).toEqual(targets);
    expect((await client(made)).targets.bytes).toEqual(targets);

    const restarted = newService(made);
    const content = file('{}');
    const answer = await restarted.service.publish(EXAMPLE, {
      base: { targets: 1 },
      documents: documents({
        targets: rewritten(await makeTargets({ version: 2, targets: targetsOf({ 'a/b:1': content }) })),
      }),
      blobs: [base64(content)],
    });
    expect(answer.versions).toMatchObject({ targets: 2 });
    expect((await findTarget(await client(restarted), 'a/b:1'))?.target.length).toBe(2);
  });
});

describe('attack: a version that leaves no room above it', () => {
  it.each([3, 2 ** 31 - 1, 2 ** 53 - 1])('%d after 1 is refused, and the next is taken', async version => {
    const { service } = await exampleService();
    const publish = async (number: number) =>
      service.publish(EXAMPLE, {
        base: { targets: 1 },
        documents: documents({ targets: await makeTargets({ version: number }) }),
      });
    await expect(publish(version)).rejects.toMatchObject({ code: 'TUF_VERSION' });
    await expect(publish(2)).resolves.toMatchObject({ versions: { targets: 2 } });
  });
});

describe('attack: keys of repositories that do not exist', () => {
  it('may be asked for without end: nothing is stored', async () => {
    const { service, index } = await exampleService();
    const before = await index.list('');
    for (let i = 0; i < 100; i++) await service.keys(parseRepositoryName(`other-${i}`));
    expect(await index.list('')).toEqual(before);
    expect((await service.list()).map(({ name }) => name)).toEqual(['example']);
  });
});

describe('attack: many publishers of one version at once', () => {
  it('one wins, all others are told the versions to start again from', async () => {
    const { service } = await exampleService();
    const uploads = await Promise.all(Array.from({ length: 8 }, () => makeTargets({ version: 2 })));
    const results = await Promise.allSettled(
      uploads.map(targets =>
        service.publish(EXAMPLE, { base: { targets: 1 }, documents: documents({ targets }) }),
      ),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const lost = results.flatMap(result =>
      result.status === 'rejected' ? [result.reason as WritError] : [],
    );
    expect(lost).toHaveLength(7);
    for (const error of lost) {
      expect(error).toMatchObject({ code: 'REPOSITORY_CONFLICT', details: { versions: { targets: 2 } } });
    }
  });
});

describe('attack: repositories whose names begin alike', () => {
  it('share no file', async () => {
    const made = await exampleService();
    const other = parseRepositoryName('example-2');
    expect(await made.service.metadata(other, '1.root.json')).toBeNull();
    expect(await made.service.metadata(parseRepositoryName('exampl'), '1.root.json')).toBeNull();
    await made.service.create(other, {
      name: 'example-2',
      documents: documents({
        root: await makeRoot({ name: 'example-2' }),
        targets: await makeTargets(),
      }),
    });
    const [one, two] = await Promise.all(
      [EXAMPLE, other].map(async name => (await made.service.metadata(name, '1.root.json'))!.digest),
    );
    expect(one).not.toBe(two);
  });
});
