/** Every output format, read by the program that the format belongs to, or by its published schema. */
import { Ajv } from 'ajv';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canonicalBytes } from '../../src/json/canonical.js';
import { emit } from '../../src/entitlements/emit/index.js';
import type { Profile } from '../../src/entitlements/profile.js';
import type { JsonObject } from '../../src/json/types.js';
import { profileOf } from '../entitlements/catalogue.js';
import { PROFILES } from '../entitlements/emit-profiles.js';
import { findProgram } from '../support/programs.js';
import { describeWith } from '../support/system.js';
import { temporaryFolder } from './writ-serve.js';

const each = Object.entries(PROFILES);
const document = (format: string, profile: Profile): JsonObject => emit(format, profile).output as JsonObject;
const text = (format: string, profile: Profile): string => emit(format, profile).output as string;

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}
const ran = (program: string, args: readonly string[], input = '', cwd?: string): Ran =>
  spawnSync(findProgram(program) ?? program, args, { encoding: 'utf8', input, cwd });

describeWith(['apparmor_parser'], 'apparmor', () => {
  const compiled = (profile: string): Ran =>
    ran('apparmor_parser', ['--skip-cache', '--skip-kernel-load', '--quiet'], profile);

  it.each(each)('the parser compiles the profile of %s', (_, profile) => {
    const { status, stderr } = compiled(text('apparmor', profile));
    // said where the kernel has no AppArmor
    expect([status, stderr.replace(/^Cache read\/write disabled: .*\n/, '')]).toEqual([0, '']);
  });

  it('and refuses one that is not of the language', () => {
    expect(compiled(text('apparmor', profileOf()).replace('file,', 'fly,')).status).not.toBe(0);
  });
});

describeWith(['docker-compose'], 'compose', () => {
  it.each(each)('docker-compose merges the file of %s with another and keeps all of it', (_, profile) => {
    const folder = temporaryFolder();
    const compose = document('compose', profile) as { services: { app: JsonObject } };
    // docker-compose 1.29, which Debian has, is older than these two words
    const { uts, cgroup, ...app } = compose.services.app;
    expect([undefined, 'host']).toContain(uts);
    expect([undefined, 'host']).toContain(cgroup);
    writeFileSync(join(folder, 'own.yml'), JSON.stringify({ services: { app: { image: 'example' } } }));
    writeFileSync(join(folder, 'writ.yml'), JSON.stringify({ services: { app } }));
    writeFileSync(
      join(folder, `${profile.intent}.json`),
      JSON.stringify(document('docker-seccomp', profile)),
    );
    const args = ['-f', 'own.yml', '-f', 'writ.yml', 'config'];
    const config = ran('docker-compose', args, '', folder);
    expect([config.status, config.stderr]).toEqual([0, '']);
    for (const key of Object.keys(app)) expect(config.stdout).toContain(`    ${key}:`);
  });
});

describeWith(['docker'], 'swarm', () => {
  /** Reads the file, prints what it ignores, and only then finds that there is no engine. */
  const deployed = (stack: JsonObject): Ran => {
    const file = join(temporaryFolder(), 'stack.yml');
    writeFileSync(file, JSON.stringify(stack));
    return ran('docker', ['--host', `unix://${file}.sock`, 'stack', 'deploy', '-c', file, 'example']);
  };
  const stackOf = (profile: Profile, more: JsonObject = {}): JsonObject => {
    const stack = document('swarm', profile) as { services: { app: JsonObject } };
    return { ...stack, services: { app: { image: 'example', ...stack.services.app, ...more } } };
  };

  it.each(each)('docker stack deploy ignores nothing of the file of %s', (_, profile) => {
    const { stderr } = deployed(stackOf(profile));
    expect(stderr).toContain('Cannot connect to the Docker daemon');
    expect(stderr).not.toContain('Ignoring');
  });

  it('and does ignore security options, and refuse words that it does not know', () => {
    expect(deployed(stackOf(profileOf(), { security_opt: ['no-new-privileges'] })).stderr).toContain(
      'Ignoring unsupported options: security_opt',
    );
    expect(deployed(stackOf(profileOf(), { caps: [] })).stderr).toContain(
      'Additional property caps is not allowed',
    );
  });
});

describeWith(['kubectl'], 'kubernetes', () => {
  /** kubectl reads the object into the types of Kubernetes, changes it, and writes what it understood. */
  const understood = (pod: JsonObject): JsonObject => {
    const { stdout, stderr } = ran(
      'kubectl',
      ['set', 'env', '--local', '-f', '-', '-o', 'json', 'A=b'],
      JSON.stringify(pod),
    );
    expect(stderr).toBe('');
    return JSON.parse(stdout) as JsonObject;
  };
  const podOf = (profile: Profile, more: JsonObject = {}): JsonObject => {
    const { pod, container, securityContext } = document('kubernetes', profile) as Record<string, JsonObject>;
    const containers = [
      { ...container, name: 'app', image: 'example', securityContext: { ...securityContext, ...more } },
    ];
    return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'app' }, spec: { ...pod, containers } };
  };
  /** What is false or empty means what an absent member means. */
  const leaves = (value: unknown, at = ''): string[] => {
    if (value === false || value === null) return [];
    if (typeof value !== 'object') return [`${at}=${JSON.stringify(value)}`];
    return Object.entries(value).flatMap(([key, member]) => leaves(member, `${at}.${key}`));
  };

  it.each(each)('knows every field of the pod of %s', (_, profile) => {
    const pod = podOf(profile);
    expect(leaves(understood(pod))).toEqual(expect.arrayContaining(leaves(pod)));
  });

  it('and drops a field that Kubernetes does not have', () => {
    expect(leaves(understood(podOf(profileOf(), { maskedPaths: ['/proc'] })))).not.toContainEqual(
      expect.stringContaining('maskedPaths'),
    );
  });
});

const RUNTIME_SPEC = '/usr/share/gocode/src/github.com/opencontainers/runtime-spec/schema';

describeWith([`file:${RUNTIME_SPEC}/config-schema.json`], 'oci', () => {
  const ajv = new Ajv({ strict: false, allErrors: true });
  const schema = (name: string): JsonObject => {
    const { $schema, ...rest } = JSON.parse(readFileSync(join(RUNTIME_SPEC, name), 'utf8')) as JsonObject;
    void $schema;
    return rest;
  };
  const load = (): ReturnType<Ajv['compile']> => {
    for (const name of ['defs.json', 'defs-linux.json', 'config-linux.json', 'defs-windows.json'])
      if (!ajv.getSchema(name)) ajv.addSchema(schema(name), name);
    const { ociVersion, hooks, process, root, linux, mounts, ...rest } = schema('config-schema.json')[
      'properties'
    ] as JsonObject;
    expect([ociVersion, hooks, rest]).not.toContain(undefined);
    return ajv.compile({ type: 'object', properties: { process, root, linux, mounts } as never });
  };

  it.each(each)('the schema of the runtime specification holds for %s', (_, profile) => {
    const check = load();
    const { process, root, linux, mounts = [] } = profile.toOci() as Record<string, JsonObject>;
    const config = { linux, mounts, process: { ...process, cwd: '/' }, root: { ...root, path: 'rootfs' } };
    expect(check(config)).toBeTypeOf('boolean');
    expect(check.errors ?? []).toEqual([]);
    expect(check({ ...config, root: { path: 1 } })).toBe(false);
  });
});

describeWith(['actool'], 'appc', () => {
  const validated = (app: JsonObject, readOnlyRootFS: unknown): Ran[] => {
    const folder = temporaryFolder();
    const whole = { exec: ['/bin/true'], user: '0', group: '0', ...app };
    const image = { acVersion: '0.8.11', acKind: 'ImageManifest', name: 'example.com/app', app: whole };
    const id = `sha512-${'0'.repeat(128)}`;
    const apps = [{ name: 'app', image: { id }, app: whole, readOnlyRootFS }];
    const pod = { acVersion: '0.8.11', acKind: 'PodManifest', apps };
    return Object.entries({ image, pod }).map(([name, manifest]) => {
      writeFileSync(join(folder, `${name}.json`), JSON.stringify(manifest));
      return ran('actool', ['-debug', 'validate', join(folder, `${name}.json`)]);
    });
  };

  it.each(each)('actool finds the isolators of %s valid', (_, profile) => {
    const { app, readOnlyRootFS } = document('appc', profile);
    const [image, pod] = validated(app as JsonObject, readOnlyRootFS);
    expect(image).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('valid ImageManifest') as string,
    });
    expect(pod).toMatchObject({ status: 0, stderr: expect.stringContaining('valid PodManifest') as string });
  });

  it('and refuses to retain an empty set of capabilities', () => {
    const isolators = [{ name: 'os/linux/capabilities-retain-set', value: { set: [] } }];
    expect(validated({ isolators }, true)[0]?.status).not.toBe(0);
  });
});

describeWith(['skopeo'], 'seccomp-artifact', () => {
  it.each(each)('skopeo copies the artifact of %s, and its digests hold', (_, profile) => {
    const folder = temporaryFolder();
    const { manifest, config, layer } = document('seccomp-artifact', profile) as Record<string, JsonObject>;
    const blobs = join(folder, 'layout/blobs/sha256');
    mkdirSync(blobs, { recursive: true });
    const [digest] = [manifest, config, layer].map(member => {
      const bytes = canonicalBytes(member as JsonObject);
      const hex = createHash('sha256').update(bytes).digest('hex');
      writeFileSync(join(blobs, hex), bytes);
      return { digest: `sha256:${hex}`, size: bytes.length };
    });
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const index = { schemaVersion: 2, manifests: [{ mediaType, ...digest }] };
    writeFileSync(join(folder, 'layout/index.json'), JSON.stringify(index));
    writeFileSync(join(folder, 'layout/oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    const copied = ran('skopeo', ['copy', '--insecure-policy', `oci:${folder}/layout`, `dir:${folder}/copy`]);
    expect([copied.status, copied.stderr]).toEqual([0, '']);
    expect(readFileSync(join(folder, 'copy/manifest.json'))).toEqual(
      Buffer.from(canonicalBytes(manifest as JsonObject)),
    );
  });
});

describe('schemas', () => {
  const schemas = JSON.parse(readFileSync('test/golden/formats/schemas.json', 'utf8')) as Record<
    string,
    JsonObject
  >;
  it.each(
    ['security-profiles-operator', 'linuxkit', 'network-policy'].flatMap(name =>
      each.map(([label, profile]) => [name, label, profile] as const),
    ),
  )('%s holds for %s', (name, _, profile) => {
    const check = new Ajv({ allErrors: true }).compile(schemas[name] as JsonObject);
    const found =
      name === 'network-policy' ? document('kubernetes', profile)['networkPolicy'] : document(name, profile);
    expect(check(found)).toBeTypeOf('boolean');
    expect(check.errors ?? []).toEqual([]);
    expect(check({ ...(found as JsonObject), more: 1 })).toBe(false);
  });
});
