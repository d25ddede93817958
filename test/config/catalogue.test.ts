import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assembleCatalogue } from '../../src/config/assemble-catalogue.js';
import { loadCatalogue, parseAssembled } from '../../src/config/catalogue.js';
import { compile } from '../../src/entitlements/compile.js';
import { parseGrants } from '../../src/entitlements/parse-grants.js';
import type { JsonObject } from '../../src/json/types.js';

const POLICIES = fileURLToPath(new URL('../../policies', import.meta.url));

describe('the catalogue', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'writ-catalogue-'));
    cpSync(POLICIES, folder, { recursive: true });
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('says the same from YAML and from the JSON that the build makes of it', async () => {
    const built = JSON.parse(JSON.stringify(await assembleCatalogue(POLICIES))) as JsonObject;
    const fromJson = parseAssembled(built);
    const fromYaml = await loadCatalogue();
    expect(fromJson).toEqual(fromYaml);
    const target = { arch: 'amd64', runtime: 'crun-1.8' };
    const digest = ({ catalogue, baselines }: typeof fromJson): string =>
      compile(parseGrants(catalogue, ['network=user']), target, baselines).digest;
    expect(digest(fromJson)).toBe(digest(fromYaml));
  });

  it('takes the files of a folder in the order of their names, and leaves others alone', async () => {
    writeFileSync(join(folder, 'entitlements', 'README.md'), 'not a domain');
    const { catalogue } = (await assembleCatalogue(folder)) as {
      catalogue: { domains: { domain: string }[] };
    };
    const names = catalogue.domains.map(({ domain }) => domain);
    expect(names).toEqual([...names].sort());
    expect(names).toContain('network');
  });

  it('takes a domain that an organisation adds as a file', async () => {
    writeFileSync(
      join(folder, 'entitlements', 'acme.lab.yaml'),
      'domain: acme.lab\nsummary: s\nlevels:\n  - { level: none, summary: s }\n  - { level: allow, summary: s, capabilities: [CAP_MKNOD] }\n',
    );
    const { catalogue, baselines } = parseAssembled(await assembleCatalogue(folder));
    const profile = compile(
      parseGrants(catalogue, ['acme.lab=allow']),
      { arch: 'amd64', runtime: 'runc-1.1' },
      baselines,
    );
    expect(profile.parts.capabilities).toEqual(['CAP_MKNOD']);
  });

  it.each([
    [
      'a missing file',
      () => rmSync(join(folder, 'catalogue.yaml')),
      /catalogue\.yaml cannot be read: ENOENT/,
    ],
    [
      'a missing folder',
      () => rmSync(join(folder, 'presets'), { recursive: true }),
      /presets cannot be read: ENOENT/,
    ],
    [
      'a file that is no YAML',
      () => writeFileSync(join(folder, 'entitlements', 'network.yaml'), 'a: [1'),
      /network\.yaml cannot be read: /,
    ],
  ])('refuses %s and names it', async (_, damage, message) => {
    damage();
    await expect(assembleCatalogue(folder)).rejects.toThrow(
      expect.objectContaining({ code: 'CATALOGUE_READ', message: expect.stringMatching(message) as string }),
    );
  });
});
