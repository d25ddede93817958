/** A Notary server that is only read, by its wire. */
import { WritError } from '../../errors.js';
import { connect } from '../../notary/http-server.js';
import type { NotaryServer } from '../../notary/server.js';
import type { Credentials } from '../../registry/types.js';
import { httpRequest } from '../../transport/http.js';
import type { HttpClient, TlsOptions } from '../../transport/http-types.js';
import { parseTarget } from '../../transport/http-url.js';
import type { Gun } from '../../tuf/notary/names.js';

export interface HostedSource {
  /** Without a slash at the end. */
  readonly base: string;
  readonly host: string;
  readonly plainHttp: boolean;
  readonly credentials: Credentials | undefined;
  readonly http: HttpClient;
  /** @throws WritError MIGRATE_SOURCE when nothing like a Notary server answers */
  repository(gun: Gun): Promise<NotaryServer>;
}

export interface HostedOptions {
  /** `https://host`, maybe with a path. */
  readonly url: string;
  /** PEM of the authorities that may vouch for it; the system's when absent. */
  readonly ca?: Uint8Array | undefined;
  /** For its token service; without them only what everybody may read is read. */
  readonly credentials?: Credentials | undefined;
}

/** @throws WritError FETCH_URL */
export function openHosted({ url, ca, credentials }: HostedOptions): HostedSource {
  const base = url.replace(/\/+$/, '');
  const target = parseTarget(base);
  const tls: TlsOptions | undefined = ca === undefined ? undefined : { ca };
  const http: HttpClient = request => httpRequest({ ...(tls && { tls }), ...request });
  return {
    base,
    host: new URL(target.origin).host,
    plainHttp: !target.secure,
    credentials,
    http,
    repository: async gun => {
      const errors: string[] = [];
      const server = await connect({
        url: base,
        gun,
        access: 'pull',
        http,
        tls,
        credentials: () => Promise.resolve(credentials),
        log: (level, text) => {
          if (level === 'error') errors.push(text);
        },
      });
      if (errors.length === 0) return server;
      throw new WritError('MIGRATE_SOURCE', errors.join('; '));
    },
  };
}
