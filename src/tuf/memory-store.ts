/** The in-memory {@link MetadataStore}: for tests, and for verifying without leaving a trace. */
import type { MetadataStore } from './ports.js';
import type { RoleName } from './role-name.js';

export class MemoryMetadataStore implements MetadataStore {
  readonly #documents = new Map<RoleName, Uint8Array>();

  load(role: RoleName): Promise<Uint8Array | null> {
    const bytes = this.#documents.get(role);
    return Promise.resolve(bytes === undefined ? null : new Uint8Array(bytes));
  }

  save(role: RoleName, bytes: Uint8Array): Promise<void> {
    this.#documents.set(role, new Uint8Array(bytes));
    return Promise.resolve();
  }

  remove(role: RoleName): Promise<void> {
    this.#documents.delete(role);
    return Promise.resolve();
  }
}
