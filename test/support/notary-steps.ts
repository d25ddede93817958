/**
 * The life of a repository in the steps of recording A: `notary` (or a program that stands in for it) against
 * notary-server (or a service that stands in for that), through a proxy that sees what is asked.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { notaryKeyOf } from '../../src/crypto/notary-key.js';
import { loggingProxy } from './logging-proxy.js';

export interface StepsOptions {
  /** The client: `['notary']`, or `[process.execPath, 'dist/writ.js', 'notary']`. */
  readonly program: readonly string[];
  /** Base URL of the server, http. It must let everybody write, or `env` must say NOTARY_AUTH. */
  readonly server: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Is shown each step as it ends. */
  readonly onStep?: (step: StepOutcome) => void;
}

export interface StepOutcome {
  readonly step: string;
  /** The exit code of the last command of the step. */
  readonly exit: number | null;
  /** Standard output, and standard error behind it: what was written to which first is nobody's to say. */
  readonly output: string;
  /** What was asked of the server: `GET /v2/ 200`, digests in paths as HASH. */
  readonly exchanges: readonly string[];
}

/** What was recorded with `notary` 0.7.0 and notary-server 0.7.0. */
export const recordedSteps = (): Pick<StepOutcome, 'step' | 'exit' | 'exchanges'>[] =>
  JSON.parse(readFileSync('test/golden/notary-v1/recording-a.json', 'utf8')) as StepOutcome[];

export const STEPS_GUN = 'registry.example.test/acme/app';
export const PASSPHRASES = {
  NOTARY_ROOT_PASSPHRASE: 'rootpass1234',
  NOTARY_TARGETS_PASSPHRASE: 'targpass1234',
  NOTARY_SNAPSHOT_PASSPHRASE: 'snappass1234',
  NOTARY_DELEGATION_PASSPHRASE: 'delepass1234',
};

/** Every step in turn, in a folder of its own that is removed at the end. Never throws for what a step does. */
export async function runNotarySteps({
  program,
  server,
  env = {},
  onStep,
}: StepsOptions): Promise<StepOutcome[]> {
  const folder = mkdtempSync(join(tmpdir(), 'notary-steps-'));
  const proxy = await loggingProxy(server);
  try {
    const bob = prepareFiles(folder);
    const shell: ShellEnv = { ...PASSPHRASES, ...env, ...homes(folder), PATH: process.env['PATH'] ?? '' };
    const client = program.map(quoted).join(' ');
    const prelude = [
      `notary() { command ${client} -s ${proxy.url} "$@"; }`,
      `offline() { command ${client} -s http://localhost:1 "$@"; }`,
      `G=${STEPS_GUN} BOB=${bob}`,
    ].join('\n');
    const outcomes: StepOutcome[] = [];
    for (const [step, command] of STEPS) {
      const { exit, output } = await runShell(`${prelude}\n${command}`, folder, shell);
      const outcome = { step, exit, output, exchanges: proxy.take() };
      outcomes.push(outcome);
      onStep?.(outcome);
    }
    return outcomes;
  } finally {
    await proxy.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const A_HASH =
  '--sha256 a948904f2f0f479b8f8197694b30184b0d2ed1c1cd2a1ec0fb85d299a192a447 --sha512 ' +
  'db3974a97f2407b7cae1ae637c0030687a11913274d578492558e39c16c017de84eacdc8c62fe34ee4e12b4b1428817f09b6a2760c3f8a664ceae94d2434a593';

/** Their names are those of the recording. */
const STEPS: readonly (readonly [step: string, command: string])[] = [
  ['01-list-unknown', 'notary list $G'],
  ['02-init', 'notary init $G'],
  ['03-status', 'notary status $G'],
  ['04-add', 'notary add $G v1 f1'],
  ['05-addhash', `notary addhash $G v2 12 ${A_HASH}`],
  ['06-addcustom', 'notary add $G v3 f2 --custom custom.json'],
  ['07-status', 'notary status $G'],
  ['08-publish-first', 'notary publish $G'],
  ['09-list', 'notary list $G'],
  ['10-lookup', 'notary lookup $G v1'],
  ['11-verify-ok', 'notary verify $G v1 -i f1 -q'],
  [
    '09b-noncanonical-custom',
    'notary add $G bad f2 --custom custom-noncanon.json; notary publish $G; notary reset $G --all',
  ],
  ['12-verify-bad', 'notary verify $G v1 -i f2 -q'],
  ['13-verify-missing', 'notary verify $G nope -i f2 -q'],
  ['14-remove-publish', 'notary remove $G v2 -p'],
  ['15-keylist', 'notary key list'],
  ['16-rotate-snapshot-to-server', 'notary key rotate $G snapshot -r'],
  ['17-rotate-timestamp', 'notary key rotate $G timestamp -r'],
  ['18-rotate-targets', 'notary key rotate $G targets'],
  ['19-add-after-rotate', 'notary add $G v4 f2 -p'],
  ['20-deleg-add-alice', 'notary delegation add $G targets/alice alice.crt --all-paths -p'],
  [
    '21-deleg-add-releases',
    'notary delegation add $G targets/releases alice.crt bob.crt --paths v,release -p',
  ],
  ['22-deleg-list', 'notary delegation list $G'],
  ['23-key-import-alice', 'notary key import alice.key --role user --gun $G'],
  ['24-key-import-bob', 'notary key import bob.key --role user'],
  ['25-add-deleg', 'notary add $G v5 f1 --roles targets/releases -p'],
  ['26-list-deleg', 'notary list $G --roles targets/releases'],
  ['27-nested-deleg', 'notary delegation add $G targets/releases/qa bob.crt --paths v5 -p'],
  ['28-add-nested', 'notary add $G v5q f2 --roles targets/releases/qa -p'],
  ['29-list-all', 'notary list $G'],
  ['30-witness', 'notary witness $G targets/releases -p'],
  // The recording looked there for bob's key, and its exchanges are of that.
  ['31-key-list', 'notary key list; notary delegation list $G'],
  ['32-deleg-remove-key', 'notary delegation remove $G targets/releases $BOB -p'],
  ['33-deleg-remove-path', 'notary delegation remove $G targets/releases --paths release -p'],
  ['34-deleg-remove-role', 'notary delegation remove $G targets/alice -y -p'],
  ['35-rotate-root', 'echo yes | notary key rotate $G root'],
  ['36-list-after-root-rot', 'notary list $G'],
  ['37-rotate-root-again', 'echo yes | notary key rotate $G root'],
  ['37b-rotate-root-legacy', 'echo yes | notary key rotate $G root --legacy 2'],
  ['38-fresh-client-tofu', 'HOME=$HOME2 notary list $G'],
  ['39-rotate-root-3', 'echo yes | notary key rotate $G root'],
  ['40-rotate-root-4', 'echo yes | notary key rotate $G root'],
  ['41-stale-client-walks-roots', 'HOME=$HOME2 notary list $G'],
  ['42-key-export', 'notary key export -o exported.pem; head -12 exported.pem'],
  ['43-rotate-snapshot-to-local', 'notary key rotate $G snapshot'],
  ['44-publish-local-snapshot', 'notary add $G v6 f1 -p'],
  [
    '45-key-generate',
    'notary key generate ecdsa -r targets/foo -o genkey; ls genkey*; head -5 genkey-key.pem; cat genkey.pem',
  ],
  ['46-reset', 'notary add $G v7 f1; notary status $G; notary reset $G --all; notary status $G'],
  ['47-pin-bad', 'HOME=$HOME3 notary -c pin-bad.json -d $HOME3/.notary list $G'],
  ['48-pin-notofu', 'HOME=$HOME3 notary -c pin-notofu.json -d $HOME3/.notary list $G'],
  ['49-init2-publish', 'notary init $G-2 -p'],
  ['50-add-offline', 'offline add $G-2 off f1'],
  ['51-publish-offline', 'offline publish $G-2'],
  ['52-delete-local', 'notary delete $G'],
  ['53-delete-remote', 'notary delete $G --remote'],
  ['54-list-deleted', 'notary list $G'],
];

type ShellEnv = Readonly<Record<string, string>>;

const homes = (folder: string): ShellEnv => ({
  HOME: join(folder, 'home1'),
  HOME2: join(folder, 'home2'),
  HOME3: join(folder, 'home3'),
});

/** What the steps name. @returns the id of bob's key */
function prepareFiles(folder: string): string {
  for (const home of Object.values(homes(folder))) mkdirSync(home);
  const write = (name: string, text: string): void => {
    writeFileSync(join(folder, name), text);
  };
  write('f1', 'x'.repeat(1000));
  write('f2', 'hello world\n');
  write('custom.json', '{"n":[1,2,{"a":true,"b":null}],"role":"é"}');
  write('custom-noncanon.json', '{"role":"x","a":1}');
  write('pin-bad.json', JSON.stringify({ trust_pinning: { certs: { [STEPS_GUN]: ['0'.repeat(64)] } } }));
  write('pin-notofu.json', JSON.stringify({ trust_pinning: { disable_tofu: true } }));
  for (const name of ['alice', 'bob']) makeCertificate(folder, name);
  const { publicKey } = new X509Certificate(readFileSync(join(folder, 'bob.crt')));
  return notaryKeyOf(createPublicKey({ key: publicKey.export({ format: 'jwk' }), format: 'jwk' })).id;
}

function makeCertificate(folder: string, name: string): void {
  const files = ['-keyout', `${name}.key`, '-out', `${name}.crt`];
  const made = spawnSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '365', '-subj', `/CN=${name}`, ...files],
    { cwd: folder, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`openssl: ${made.stderr}`);
}

/** Not in one go: the server may run in this process. */
function runShell(
  script: string,
  cwd: string,
  env: ShellEnv,
): Promise<{ exit: number | null; output: string }> {
  const child = spawn('bash', ['-c', script], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  return new Promise(resolve => {
    child.once('close', exit => {
      resolve({ exit, output: stdout + stderr });
    });
  });
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
