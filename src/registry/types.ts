import type { Digest } from '../image/digest.js';

/** A manifest or index, its bytes proved by its digest. */
export interface ResolvedManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  /** Of `bytes`. */
  readonly size: number;
}

/** The part of an HTTP client that the registry needs; `httpRequest` of transport/ is one. */
export type RegistryHttp = (request: {
  readonly method?: 'GET' | 'HEAD';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly maxBytes: number;
}) => Promise<{
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
}>;

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Credentials for a registry host, or undefined for none. */
export type CredentialLookup = (host: string) => Promise<Credentials | undefined>;

export interface RegistryOptions {
  readonly http: RegistryHttp;
  readonly credentials?: CredentialLookup;
  /** http instead of https, for a registry in a laboratory. */
  readonly plainHttp?: boolean;
  /** The most bytes of one blob. Default 4 MiB. */
  readonly maxBlobBytes?: number;
}
