import { dirname } from 'node:path';

import { WritError } from '../errors.js';
import { homeOf } from './default-file.js';
import type { ReadContext } from './kinds.js';
import type { Setting } from './settings.js';
import type { ConfigFile, ConfigSources, Origin } from './types.js';

interface Found {
  readonly raw: unknown;
  readonly origin: Origin;
  readonly folder: string;
}

/** Finds each setting where it is said with the most authority: flag, environment, file, default. */
export class Resolver {
  readonly origins = new Map<string, Origin>();
  readonly #sources: ConfigSources;
  readonly #file: ConfigFile | undefined;
  readonly #cwd: string;

  constructor(sources: ConfigSources, file: ConfigFile | undefined, cwd: string) {
    this.#sources = sources;
    this.#file = file;
    this.#cwd = cwd;
  }

  /** The value of a setting that has a default. */
  value<T>(setting: Setting<T>, fallback: T): T {
    return this.optional(setting) ?? fallback;
  }

  /**
   * The value of a setting, or undefined when nobody gives one.
   *
   * @throws WritError USAGE for a flag, CONFIG_INVALID for a variable or file, naming what was expected
   */
  optional<T>(setting: Setting<T>): T | undefined {
    const found = this.#find(setting);
    this.origins.set(setting.name, found?.origin ?? { source: 'default', where: '' });
    if (found === undefined) return undefined;
    const context: ReadContext = { folder: found.folder, home: homeOf(this.#sources.env) };
    const value = setting.kind.read(found.raw, context);
    if (value !== undefined) return value;
    const { source, where } = found.origin;
    const message = `${where} must be ${setting.kind.expected}`;
    throw source === 'flag'
      ? new WritError('USAGE', message)
      : new WritError(
          'CONFIG_INVALID',
          source === 'file' ? `${where}: ${setting.name} must be ${setting.kind.expected}` : message,
        );
  }

  #find(setting: Setting<unknown>): Found | undefined {
    const { env, flags } = this.#sources;
    const flag = setting.flag === undefined ? undefined : flags[setting.flag];
    if (flag !== undefined) {
      return { raw: flag, origin: { source: 'flag', where: `--${setting.flag}` }, folder: this.#cwd };
    }
    // An empty variable is as good as none: that is how shells and unit files unset one.
    const variable = setting.env === undefined ? undefined : env[setting.env];
    if (setting.env !== undefined && variable !== undefined && variable !== '') {
      return { raw: variable, origin: { source: 'environment', where: setting.env }, folder: this.#cwd };
    }
    return setting.file ? this.#inFile(setting.name) : undefined;
  }

  #inFile(name: string): Found | undefined {
    const file = this.#file;
    const raw = file?.value(name);
    if (file === undefined || raw === undefined) return undefined;
    const where = `${file.path}:${file.line(name.split('.'))}`;
    return { raw, origin: { source: 'file', where }, folder: dirname(file.path) };
  }
}
