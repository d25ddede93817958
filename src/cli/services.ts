/** Rooms that the command line must not import: the roof (src/main.ts) hands them in. */
import type { Config } from '../config/types.js';
import type { ImportPorts } from '../repository/notary/import.js';
import type { Clock } from '../tuf/ports.js';

export interface RunningServer {
  /** Base URLs, as they are listened on. */
  readonly addresses: {
    readonly repository: string;
    readonly admission: string;
    readonly metrics: string | undefined;
  };
  /** What an operator should know at every start, one sentence each; the log has them too. */
  readonly notices: readonly string[];
  /** Takes no further request, finishes those under way, and closes the store. */
  close(): Promise<void>;
}

export interface ServerOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Takes the log: whole lines of JSON. */
  readonly write: (text: string) => void;
  readonly clock: Clock;
}

export interface RunningSigner {
  /** Base URL, as it is listened on. */
  readonly address: string;
  /** Takes no further request, and finishes those under way. */
  close(): Promise<void>;
}

/** A data folder that nothing else uses, to migrate into. */
export interface OpenMigration {
  readonly ports: ImportPorts;
  close(): Promise<void>;
}

export interface Services {
  /** Starts the service; when it resolves, all listeners answer. */
  readonly startServer: (config: Config, options: ServerOptions) => Promise<RunningServer>;
  /** Opens the data folder to migrate into. Absent in programs that are not all of writ. */
  readonly openMigration?: (
    config: Config,
    options: Pick<ServerOptions, 'env' | 'clock'>,
  ) => Promise<OpenMigration>;
  /** Starts the signer; when it resolves, it answers. Absent in programs that are not all of writ. */
  readonly startSigner?: (config: Config, options: ServerOptions) => Promise<RunningSigner>;
}
