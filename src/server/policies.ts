/** The policies in force, reloaded when their files change; broken files leave the last good ones in force. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { toWritError, type WritError } from '../errors.js';
import { loadPolicies } from '../policy/load-policies.js';
import type { PolicySet } from '../policy/policy-set.js';
import type { PolicyLanguage } from '../policy/read-policy.js';

export interface PolicyKeeperOptions {
  /** Files, or folders of files. */
  readonly paths: readonly string[];
  readonly language: PolicyLanguage;
  /** Called with every set that comes into force after the first. */
  readonly onChange: (policies: PolicySet) => void;
  /** Called when a reload fails, once for each change of the files. */
  readonly onFailure: (error: WritError) => void;
  /** Between two looks at the files, in milliseconds. */
  readonly intervalMs?: number;
}

/** Looking is cheap and works on every file system, also where a folder is swapped by a link (ConfigMaps). */
const INTERVAL_MS = 2000;

export class PolicyKeeper {
  readonly #options: PolicyKeeperOptions;
  #current: PolicySet;
  #seen: string;
  #problem: WritError | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  private constructor(options: PolicyKeeperOptions, current: PolicySet, seen: string) {
    this.#options = options;
    this.#current = current;
    this.#seen = seen;
  }

  /** @throws WritError as loadPolicies: at the start there is no last good set */
  static async open(options: PolicyKeeperOptions): Promise<PolicyKeeper> {
    // Looked at before it is read: a change in between is seen as one at the next look.
    const seen = await fingerprint(options.paths);
    return new PolicyKeeper(options, await loadPolicies(options.paths, options.language), seen);
  }

  get current(): PolicySet {
    return this.#current;
  }

  /** Why the files as they are now are not in force; undefined when they are. */
  get problem(): WritError | undefined {
    return this.#problem;
  }

  start(): void {
    const look = (): void => {
      void this.reload().finally(() => {
        if (!this.#stopped) this.#timer = setTimeout(look, this.#options.intervalMs ?? INTERVAL_MS).unref();
      });
    };
    look();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Takes up the files when they have changed since the last look. Never throws. */
  async reload(): Promise<void> {
    const { paths, language, onChange, onFailure } = this.#options;
    const seen = await fingerprint(paths);
    if (seen === this.#seen) return;
    this.#seen = seen;
    try {
      this.#current = await loadPolicies(paths, language);
      this.#problem = undefined;
      onChange(this.#current);
    } catch (error) {
      this.#problem = toWritError(error);
      onFailure(this.#problem);
    }
  }
}

/** Changes when a file comes, goes or is written. */
async function fingerprint(paths: readonly string[]): Promise<string> {
  return (await Promise.all(paths.map(describePath))).join('\n');
}

async function describePath(path: string): Promise<string> {
  try {
    const { mtimeMs, ctimeMs, size, ino } = await stat(path);
    const own = `${path} ${ino} ${size} ${mtimeMs} ${ctimeMs}`;
    const names = await readdir(path).catch(() => []);
    return [own, ...(await Promise.all(names.sort().map(name => describePath(join(path, name)))))].join('\n');
  } catch {
    return `${path} -`; // that it cannot be read is said by the load
  }
}
