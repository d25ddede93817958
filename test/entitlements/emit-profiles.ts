/** Profiles that formats are tried with, from nothing to everything. */
import { compile } from '../../src/entitlements/compile.js';
import { ociOf } from '../../src/entitlements/emit/oci.js';
import { Profile, type ProfileParts } from '../../src/entitlements/profile.js';
import { baselines, NODE, profileOf, top } from './catalogue.js';

/** A profile with some parts of another, whatever was granted. */
export const profileWith = (base: Profile, change: Partial<ProfileParts>): Profile => {
  const parts = { ...base.parts, ...change };
  return new Profile(parts, ociOf(parts));
};

const service = profileOf(['network=serve', 'programs=common']);

/** Host paths, ports, settings and devices as grants hold them, and all limits. */
const withItems = profileWith(service, {
  items: new Map([
    ['path', ['/etc/ssl/certs:ro', '/srv/data:rw']],
    ['port', ['8080/tcp', '53/udp']],
    ['sysctl', ['net.core.somaxconn=4096']],
    ['device', ['/dev/fuse:rw']],
  ] as const),
  limits: new Map([
    ['memory', 268_435_456],
    ['cpu', 1_500],
    ['pids', 100],
    ['open-files', 1_024],
  ] as const),
});

export const PROFILES: Readonly<Record<string, Profile>> = {
  nothing: profileOf(),
  'a service': service,
  'a daemon': profileOf([
    'network=proxy',
    'programs=common',
    'identity=switch',
    'filesystem=writable',
    'privilege=escalate',
  ]),
  'a service with items and limits': withItems,
  'the host’s network': profileWith(service, {
    namespaces: service.parts.namespaces.filter(type => type !== 'network'),
  }),
  'no path hidden': profileWith(service, { maskedPaths: [], readonlyPaths: [] }),
  everything: compile(top, NODE, baselines),
};
