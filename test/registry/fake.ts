/** A registry in memory, with the flows of authentication that real ones have, and with lies. */
import { createHash } from 'node:crypto';

import type { RegistryHttp } from '../../src/registry/types.js';

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';

export const digestOf = (bytes: Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

export const manifest = (note: string, mediaType: string | undefined = OCI_MANIFEST): Buffer =>
  Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, annotations: { note } }));

interface Reply {
  status: number;
  headers?: Record<string, string>;
  body?: Uint8Array | string;
}

export interface Asked {
  url: string;
  method: string;
  headers: Readonly<Record<string, string>>;
  maxBytes: number;
}

/** An HTTP client that answers from a function, and keeps what was asked. */
export function fakeHttp(answer: (asked: Asked) => Reply): { http: RegistryHttp; asked: Asked[] } {
  const asked: Asked[] = [];
  const http: RegistryHttp = ({ url, method = 'GET', headers = {}, maxBytes }) => {
    const entry = { url, method, headers, maxBytes };
    asked.push(entry);
    const { status, headers: sent = {}, body = '' } = answer(entry);
    return Promise.resolve({ status, headers: new Map(Object.entries(sent)), body: Buffer.from(body) });
  };
  return { http, asked };
}

/** Serves `bytes` as a manifest. */
export const served = (bytes: Uint8Array, headers: Record<string, string> = {}): Reply => ({
  status: 200,
  headers: { 'content-type': OCI_MANIFEST, ...headers },
  body: bytes,
});

export const basicOf = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
