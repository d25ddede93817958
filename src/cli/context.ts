/** What a command gets to work with. */
import type { LoadedConfig } from '../config/types.js';
import type { CliIo } from './io.js';
import type { Output } from './output.js';

export interface Context {
  readonly io: CliIo;
  readonly out: Output;
  /** --no-input was given: nothing may be asked. */
  readonly noInput: boolean;
  /** The effective settings, read when first asked for: most of the quick commands never do. */
  readonly config: () => Promise<LoadedConfig>;
}
