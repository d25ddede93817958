import type { OptionSpecs } from './command.js';

/** The options that every command takes, before or after its name. */
export const GLOBAL_OPTIONS = {
  config: {
    type: 'string',
    value: 'FILE',
    help: 'settings file (default: $WRIT_CONFIG, else the one of the user)',
  },
  data: {
    type: 'string',
    value: 'DIR',
    help: 'store of the service (default: $WRIT_DATA, else ~/.local/share/writ)',
  },
  state: {
    type: 'string',
    value: 'DIR',
    help: 'client state (default: $WRIT_STATE, else ~/.local/state/writ)',
  },
  json: { type: 'boolean', help: 'print JSON on stdout, and nothing else there' },
  quiet: { type: 'boolean', short: 'q', help: 'no progress on stderr' },
  verbose: { type: 'boolean', short: 'v', help: 'more on stderr: causes, each step' },
  'no-input': { type: 'boolean', help: 'never ask; fail where an answer would be needed' },
  help: { type: 'boolean', short: 'h', help: 'show this help' },
} as const satisfies OptionSpecs;
