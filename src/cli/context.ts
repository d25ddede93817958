/** What a command gets to work with. */
import type { LoadedConfig } from '../config/types.js';
import type { CliIo } from './io.js';
import type { Output } from './output.js';
import type { Services } from './services.js';

export interface Context {
  readonly io: CliIo;
  readonly out: Output;
  readonly services: Services;
  /** --no-input was given: nothing may be asked. */
  readonly noInput: boolean;
  /** The effective settings, read when first asked for: most of the quick commands never do. */
  readonly config: () => Promise<LoadedConfig>;
}
