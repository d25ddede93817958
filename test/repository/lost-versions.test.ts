/** A signer with a memory of its own, in front of a store that lost what was signed. */
import { describe, expect, it } from 'vitest';
import { WritError } from '../../src/errors.js';
import type { OnlineSigners } from '../../src/repository/sign-online.js';
import type { Signer } from '../../src/tuf/ports.js';
import { exampleService, DAY, EXAMPLE, onlineSigners } from './publisher.js';

/** Refuses once, as the signer of another process does for a version that it signed before. */
function remembering(signer: Signer, last: unknown): Signer & { asked: number } {
  const made = {
    key: signer.key,
    asked: 0,
    sign: (...args: Parameters<Signer['sign']>) => {
      if (made.asked++ > 0) return signer.sign(...args);
      return Promise.reject(new WritError('SIGNER_VERSION', 'signed already', { details: { last } }));
    },
  };
  return made;
}

async function resignedWith(change: (signers: OnlineSigners) => OnlineSigners) {
  let wrap = (signers: OnlineSigners) => signers;
  const { service, time } = await exampleService({
    signers: name => Promise.resolve(wrap(onlineSigners(name))),
  });
  wrap = change;
  time.now = new Date(time.now.getTime() + DAY);
  const { failed } = await service.resignDue();
  const versions = (await service.list())[0]?.versions ?? {};
  expect(await service.metadata(EXAMPLE, `${versions['snapshot']}.snapshot.json`)).not.toBeNull();
  return { versions, failed };
}

describe('versions that a signer remembers and the store does not', () => {
  it('are passed over: the next is the one after the last that was signed', async () => {
    const { versions, failed } = await resignedWith(({ snapshot, timestamp }) => ({
      snapshot: remembering(snapshot, 7),
      timestamp: remembering(timestamp, 4),
    }));
    expect(failed).toEqual([]);
    expect(versions).toMatchObject({ snapshot: 8, timestamp: 5 });
  });

  it.each([0, 1, undefined, '7'])('a last version of %j is no reason to go on', async last => {
    const { versions, failed } = await resignedWith(({ snapshot, timestamp }) => ({
      snapshot: remembering(snapshot, last),
      timestamp,
    }));
    expect(failed).toMatchObject([{ error: { code: 'SIGNER_VERSION' } }]);
    expect(versions).toMatchObject({ snapshot: 1, timestamp: 1 });
  });

  it('one that is refused again fails the write', async () => {
    const { failed } = await resignedWith(({ snapshot, timestamp }) => {
      const refuse = () =>
        Promise.reject(new WritError('SIGNER_VERSION', 'signed already', { details: { last: 7 } }));
      return { snapshot: { key: snapshot.key, sign: refuse }, timestamp };
    });
    expect(failed).toMatchObject([{ error: { code: 'SIGNER_VERSION' } }]);
  });
});
