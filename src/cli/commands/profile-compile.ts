import { compile } from '../../entitlements/compile.js';
import { formatOf, FORMATS, type Format } from '../../entitlements/emit/index.js';
import type { Emission } from '../../entitlements/emit/emission.js';
import type { Profile } from '../../entitlements/profile.js';
import { canonicalBytes } from '../../json/canonical.js';
import { defineCommand, type Context } from '../command.js';
import { GRANT_OPTIONS, grantsGiven } from '../grants.js';
import { chooseNode, NODE_OPTIONS } from '../node-kind.js';

export const command = defineCommand({
  usage: '[--grant DOMAIN=LEVEL …] [--preset NAME] [--format FORMAT] [--runtime NAME] [-o FILE]',
  description:
    'Compiles grants into what the kernel enforces for them on one kind of node, and prints it. Every domain that\n' +
    'is not granted is at its lowest level. The same grants and node give the same bytes; the SHA-256 of the format\n' +
    '`oci` is the digest of the profile. Formats that people keep as YAML are printed so, or as JSON with --json. What the\n' +
    'format cannot express is said on stderr; docs/formats.md lists the formats and those names.',
  arguments: [0, 0],
  options: {
    ...GRANT_OPTIONS,
    format: {
      type: 'string',
      value: 'FORMAT',
      help: 'oci (default), seccomp, docker, kubernetes, …; an unknown name lists all',
      words: FORMATS,
    },
    ...NODE_OPTIONS,
    output: { type: 'string', short: 'o', value: 'FILE', help: 'write there instead of stdout' },
  },
  examples: [
    'writ profile compile --grant network=user --format seccomp -o seccomp.json',
    'writ profile compile --preset web-service --arch arm64 --runtime crun-1.28',
  ],
  run: async (context, values) => {
    const { format = 'oci' } = values;
    const loaded = await context.catalogue();
    const grants = grantsGiven(loaded, values);
    const { target, why } = chooseNode(values, loaded.baselines);
    const profile = compile(grants, target, loaded.baselines);
    const kind = formatOf(format);
    const { output, unexpressed } = kind.emitter(profile);
    const bytes = await fileOf(output, kind.syntax, context.out.json);
    if (values.output === undefined) context.out.raw(bytes);
    else await writeFile(values.output, bytes);
    tell(context, profile, why);
    for (const { name, reason } of unexpressed)
      context.out.warn(`${format} cannot express ${name}: ${reason}`);
    return 0;
  },
});

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** @param json - --json was given: whatever the format, a JSON document */
async function fileOf(
  output: Emission['output'],
  syntax: Format['syntax'],
  json: boolean,
): Promise<Uint8Array> {
  if (syntax === 'json' && typeof output !== 'string') return canonicalBytes(output);
  // Not canonical: that has the line ends of a text as they are, which is no JSON, and no half of a processor.
  if (json) return encode(JSON.stringify(typeof output === 'string' ? { text: output } : output));
  if (typeof output === 'string') return encode(output);
  const { stringify } = await import('yaml');
  return encode(stringify(output, { lineWidth: 0 }));
}

/** What writes files takes 4 ms to load; most of the time the profile goes to stdout. */
async function writeFile(path: string, bytes: Uint8Array): Promise<void> {
  const { writeOutputFile } = await import('../files.js');
  await writeOutputFile(path, bytes);
}

/** What the bytes do not say of themselves. */
function tell({ out }: Context, profile: Profile, why: string | undefined): void {
  const { grants, target, lost } = profile.parts;
  if (why !== undefined) out.note(`compiled ${why}`);
  out.detail(() => `grants   ${grants.toString()}`);
  out.detail(() => `intent   ${profile.intent}`);
  out.detail(() => `profile  sha256:${profile.digest}`);
  out.detail(() => `node     ${target.arch} ${target.baseline.id}`);
  if (lost.length > 0)
    out.note(`refused though granted, because the node's libseccomp has no name for it: ${lost.join(', ')}`);
}
