import { describe, expect, it } from 'vitest';
import { parseRepositoryName } from '../../src/image/repository-name.js';
import {
  createRequest,
  documents,
  EXAMPLE,
  exampleService,
  file,
  makeTargets,
  START,
  targetsOf,
} from './publisher.js';

describe('files', () => {
  it('are null when there is none', async () => {
    const { service } = await exampleService();
    for (const name of [
      '2.root.json',
      'root.json',
      'snapshot.json',
      '1.timestamp.json',
      '',
      '../head',
      'x'.repeat(400),
    ]) {
      expect(await service.metadata(EXAMPLE, name)).toBeNull();
    }
    for (const path of [
      '',
      'x',
      `${'0'.repeat(64)}.x`,
      '../head',
      `${'0'.repeat(64)}.`,
      `${'0'.repeat(63)}.x`,
    ]) {
      expect(await service.target(EXAMPLE, path)).toBeNull();
    }
  });

  it('say whether they can change', async () => {
    const { service } = await exampleService();
    expect(await service.metadata(EXAMPLE, '1.snapshot.json')).toMatchObject({
      immutable: true,
      lastModified: START,
    });
    expect(await service.metadata(EXAMPLE, 'timestamp.json')).toMatchObject({ immutable: false });
  });

  it('of one repository are not served by another', async () => {
    const made = await exampleService();
    const manifest = file('{"schemaVersion":2}');
    await made.service.publish(EXAMPLE, {
      base: { targets: 1 },
      documents: documents({
        targets: await makeTargets({ version: 2, targets: targetsOf({ a: manifest }) }),
      }),
      blobs: [Buffer.from(manifest).toString('base64')],
    });
    const alpha = parseRepositoryName('alpha');
    await made.service.create(alpha, await createRequest({ name: 'alpha' }));
    const digest = targetsOf({ a: manifest }).get('a')!.hashes.get('sha256');
    expect(await made.service.target(EXAMPLE, `${digest}.a`)).not.toBeNull();
    expect(await made.service.target(alpha, `${digest}.a`)).toBeNull();
  });

  it('are bounded for readers in this process as for those over HTTP', async () => {
    const { service } = await exampleService();
    const fetcher = service.fetcher(EXAMPLE);
    const { length } = (await fetcher.metadata('timestamp.json', 100_000))!;
    expect(await fetcher.metadata('timestamp.json', length)).not.toBeNull();
    await expect(fetcher.metadata('timestamp.json', length - 1)).rejects.toMatchObject({
      code: 'TUF_LENGTH',
      message: `timestamp.json has ${length} bytes, more than ${length - 1}`,
    });
    expect(await fetcher.target('x', 1)).toBeNull();
  });
});
