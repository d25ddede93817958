/** Logins by password. How long one takes tells nobody who is a user. */
import { createHash } from 'node:crypto';
import { WritError } from '../errors.js';
import { BcryptThreads } from './bcrypt-threads.js';
import type { Users } from './htpasswd.js';
import type { Password } from './token-request.js';

/** bcrypt reads no more bytes of a password. */
const MAX_PASSWORD = 72;
/** Of what nobody has chosen; for a service without any user. */
const NOBODY = '$2b$10$CwTycUXWue0Thq9StjUM0uJ8kPUoQm3vRr8nQH1VQ0R0u8qgT5d6K';
/** Each takes a thread, and a core while it lasts. */
const MAX_AT_ONCE = 2;
const MAX_WAITING = 64;

export type Compare = (password: string, hash: string) => Promise<boolean>;

export class Logins {
  readonly #users: () => Promise<Users>;
  readonly #compare: Compare;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** @param users - as they are now; compare is bcrypt's */
  constructor(users: () => Promise<Users>, compare: Compare = onThreads()) {
    this.#users = users;
    this.#compare = compare;
  }

  /**
   * True iff there is a user of that name with that password.
   *
   * @throws WritError ACCESS_RATE when too many log in at once, ACCESS_USERS when the users cannot be read
   */
  async verify({ name, password }: Password): Promise<boolean> {
    const users = await this.#users();
    const hash = users.get(name);
    const fits = Buffer.byteLength(password) <= MAX_PASSWORD;
    await this.#enter();
    try {
      // An unknown name costs what a known one does: a hash of somebody, always the same one for the same name.
      const same = await this.#compare(fits ? password : '', hash ?? standIn(users, name));
      return same && fits && hash !== undefined;
    } finally {
      this.#leave();
    }
  }

  async #enter(): Promise<void> {
    if (this.#running < MAX_AT_ONCE) {
      this.#running++;
      return;
    }
    if (this.#waiting.length >= MAX_WAITING) throw new WritError('ACCESS_RATE', 'too many log in at once');
    await new Promise<void>(resolve => this.#waiting.push(resolve));
  }

  /** Whoever waits longest takes the place over. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running--;
    else next();
  }
}

function standIn(users: Users, name: string): string {
  const hashes = [...users.values()];
  const place = createHash('sha256').update(name).digest().readUInt32BE() % Math.max(hashes.length, 1);
  return hashes[place] ?? NOBODY;
}

function onThreads(): Compare {
  const threads = new BcryptThreads();
  return (password, hash) => threads.compare(password, hash);
}
