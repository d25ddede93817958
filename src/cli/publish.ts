/** Publishing new versions of one role: what a lost race asks for is to start again from what is current. */
import { isWritError } from '../errors.js';
import type { ApiClient } from '../transport/api-client.js';
import type { Versions } from '../transport/api-types.js';
import type { Pin } from '../trust/pins.js';
import type { RepositoryView } from '../tuf/client/view.js';
import type { RoleName } from '../tuf/role-name.js';
import type { Context } from './command.js';
import { refreshPin } from './trusted.js';

/** A signed document and the version that it was made from. */
export interface NextVersion {
  readonly role: RoleName;
  readonly base: number;
  readonly document: Uint8Array;
  /** Manifests that the service stores. */
  readonly blobs: readonly Uint8Array[];
}

const MAX_ATTEMPTS = 12;
const PAUSE_MS = 100;

/**
 * Makes the next version of a role from what is current and publishes it; when somebody else was faster, does so again
 * from what they published, at most 12 times.
 *
 * @param make - makes and signs the next version from verified metadata
 * @returns the versions of all roles after the publication
 * @throws WritError REPOSITORY_CONFLICT when every attempt lost; as refreshPin, `make` and ApiClient.publish
 */
export async function publishNext(
  context: Context,
  pin: Pin,
  service: ApiClient,
  make: (view: RepositoryView) => Promise<NextVersion>,
): Promise<Versions> {
  for (let attempt = 1; ; attempt++) {
    const { role, base, document, blobs } = await make(await refreshPin(context, pin));
    try {
      const { versions } = await service.publish(pin.name, {
        documents: { [role]: base64(document) },
        blobs: blobs.map(base64),
        base: { [role]: base },
      });
      return versions;
    } catch (error) {
      if (!isWritError(error, 'REPOSITORY_CONFLICT') || attempt === MAX_ATTEMPTS) throw error;
      context.out.note(
        `somebody published ${role} of ${pin.name} at the same time; signing again on top of it`,
      );
      await pause(PAUSE_MS * Math.min(attempt, 4) * (0.5 + Math.random()));
    }
  }
}

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));
