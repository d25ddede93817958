/** docs/reference/configuration.md: every setting, from the table that settings are read by. No command imports this. */
import { describeConfig } from './describe.js';
import { loadConfig } from './load.js';
import { SETTINGS } from './settings.js';

/** What each setting is for, and what matters when it is chosen. */
const MEANINGS: Readonly<Record<keyof typeof SETTINGS, string>> = {
  server: 'the service that commands talk to: its base URL, without `/tuf/…`',
  token: 'the bearer token for writes; never printed, and never in a file of settings',
  tokenFile: 'a file with the bearer token alone, mode 0600; read when `token` is not set',
  passphraseFile:
    'a file whose first line opens the keys of the key store; read when no variable holds the pass-phrase',
  pkcs11Module: 'the PKCS #11 library that drives tokens; a `module-path` in the URI of a key stands over it',
  pkcs11PinFile:
    'a file whose first line is the PIN of tokens, mode 0600; read when `WRIT_PIN` is not set. A `pin-source` in the URI stands over both',
  pkcs11Keys:
    'PKCS #11 URIs of keys on tokens that sign as those of the key store do, without being named on the command line',
  data: 'the folder of the service: store, online secret, operator token; mode 0700, one service at a time',
  state: 'the folder of the client: pinned roots and what was verified from them',
  keys: 'the key store: sealed private keys; mode 0700. By default a folder of `state`',
  listen:
    'repositories, lookups, health; another address than loopback needs `tls`. Port 0: the system chooses',
  admissionListen: 'the admission webhook, always HTTPS',
  metricsListen: 'metrics on a listener of their own; without it they are on `listen`',
  tlsCert: 'the certificate chain of `listen`, PEM; without it `listen` is plain HTTP',
  tlsKey: 'its private key, PEM, mode 0600',
  admissionTlsCert: 'the certificate chain of the webhook; without it one is generated in `data/tls`',
  admissionTlsKey: 'its private key, PEM, mode 0600',
  admissionClientCa: 'authorities, PEM: who calls the webhook must show a certificate of theirs',
  admissionClientNames:
    'the common names that may call the webhook; none: every name that `clientCa` vouches for',
  authMode:
    '`token`: every write needs one. `loopback`: programs on this machine write without, others need one',
  notaryAuth:
    'who may do what on the Notary wire, see below; without it everybody reads, and tokens of `writ token issue` write',
  notaryKeyAlgorithm:
    'the algorithm of new keys of the service in Notary repositories; those that a repository has stay good',
  notarySignerAddress:
    'a running notary-signer that makes and holds the keys of the service in Notary repositories ([how](../migrate-from-notary.md#keep-the-signer))',
  notarySignerCa: 'the authority that vouches for it; without it, those of the system',
  notarySignerCert: 'what the service proves itself to it with, PEM',
  notarySignerKey: 'its private key, PEM, mode 0600',
  notaryGunPrefixes:
    'what the names of Notary repositories must begin with, each with `/` at its end; none: any name',
  notaryMaxAgeCurrent:
    'how many seconds caches may keep the current documents of Notary repositories; 0: not at all',
  notaryMaxAgeConsistent: 'the same of documents that are asked for by hash or version',
  signerUrl:
    'the signer that holds the online keys instead of the service: an https URL, with `signer.cert` and `signer.key`',
  signerCa: 'the authority that vouches for the signer; without it, those of the system',
  signerCert: 'what the service proves itself to the signer with, PEM',
  signerKey: 'its private key, PEM, mode 0600',
  serveSignerListen: '`writ serve-signer`: where it listens, always HTTPS',
  serveSignerTlsCert: 'the certificate chain of the signer, PEM',
  serveSignerTlsKey: 'its private key, PEM, mode 0600',
  serveSignerClientCa: 'authorities, PEM: who asks the signer must show a certificate of theirs',
  serveSignerClientNames: 'the common names that may have something signed; at least one',
  serveSignerMaxPerMinute: 'how many signatures one caller may have in a minute',
  trust: 'the roots that the service and commands trust, see below',
  catalogue: 'a folder of own domains and presets, a YAML file each: see docs/own-domains.md',
  policies:
    'admission policies: files, or folders of `*.yaml`, `*.yml` and `*.json`. Without any, every image is denied',
  remap: 'names of mirrors and what they mirror: their images are asked for under the names that were signed',
  logLevel: 'the least important events that are logged; decisions are logged up to `info`',
  timestampHours:
    'how long a timestamp that the service signs is good: the longest outage that clients survive',
  snapshotDays: 'how long a snapshot that the service signs is good',
  supersededDays:
    'how long metadata that was replaced stays; then it is removed with the files that only it names, roots never',
  development:
    'the service trusts the repositories that it hosts, and says so. True without a file of settings, on loopback',
};

/** The page, as Markdown, with a line feed at the end. */
export async function renderConfigReference(): Promise<string> {
  return [
    '# Settings',
    '',
    'Generated from `src/config/` by `npm run docs`; do not edit.',
    '',
    'A flag stands over a variable, a variable over the file, the file over the default. The file is YAML: the one of',
    '`--config`, else of `WRIT_CONFIG`, else `$XDG_CONFIG_HOME/writ/writ.yaml` (`~/.config/writ/writ.yaml`) when it is there.',
    'A member that is no setting is an error, not ignored. `a.b` is the member `b` of the mapping `a`. Paths in the file start',
    'at its folder, those in flags and variables at the working directory; `~/` is the home folder. An empty variable is as',
    'good as none. `policies/schemas/writ.schema.json` is the schema of the file; `writ config print` shows what is in force',
    'and where each value comes from.',
    '',
    '| setting | variable | flag | value | default | meaning |',
    '|---|---|---|---|---|---|',
    ...(await rows()),
    '',
    ...MORE,
    '',
  ].join('\n');
}

async function rows(): Promise<string[]> {
  // The defaults of a home folder that is written `~`: what the program does, not what somebody remembers of it.
  const home = '/home/of/nobody';
  const defaults = new Map(
    describeConfig(await loadConfig({ env: { HOME: home }, flags: {} })).map(({ name, value }) => [
      name,
      value,
    ]),
  );
  const keys = Object.keys(SETTINGS) as (keyof typeof SETTINGS)[];
  return keys.map(key => {
    const { name, kind, file, ...given } = SETTINGS[key];
    const value = defaults.get(name);
    const cells = [
      file ? code(name) : 'not in a file',
      'env' in given ? code(String(given.env)) : '',
      'flag' in given ? code(`--${String(given.flag)}`) : '',
      kind.expected,
      value === null || value === undefined || (Array.isArray(value) && value.length === 0)
        ? ''
        : code(String(value).replace(home, '~')),
      MEANINGS[key],
    ];
    return `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
}

const code = (text: string): string => `\`${text}\``;

const MORE = `## trust

A list; each entry names a repository, where it is served, and the root that its chain must start from.

| member | meaning |
|---|---|
| \`name\` | the name that policies use |
| \`url\` or \`folder\` | where it is: \`https://writ.example/tuf/example\`, or a folder with \`metadata\` and \`targets\` |
| \`root\` or \`sha256\` | the trusted root: its file, or the SHA-256 (hex) of the \`1.root.json\` that is served |

\`\`\`yaml
trust:
  - name: example
    url: https://writ.example/tuf/example
    root: roots/example.json
\`\`\`

## remap

One \`{from, to}\` or a list of them, such as \`{from: mirror.local/hub, to: docker.io}\`: the image \`mirror.local/hub/library/nginx:1\`
is then allowed where \`docker.io/library/nginx:1\` would be, and runs from the mirror, pinned to the digest that was signed.
Policies name what was signed, not the mirror. The longest \`from\` applies, by whole components, once. Lookups and
\`writ admit\` do the same.

## notary.auth

With \`type: token\`, requests need a token of a token server outside, as Docker's registry takes them.

| member | meaning |
|---|---|
| \`realm\` | the URL where clients get tokens |
| \`service\` | what tokens must be for: their claim \`aud\` |
| \`issuer\` | who must have made them: their claim \`iss\` |
| \`rootCertBundle\` | certificates, PEM: what the chain \`x5c\` of a token must lead to; tokens may also name their keys by id |
| \`publicKeys\` | public keys, PEM, which tokens name by id (\`kid\`): that of libtrust, or the thumbprint of RFC 7638 |
| \`jwks\` | a set of keys: a file, or a URL, https or of this machine |
| \`jwksCa\` | authorities, PEM, that vouch for that URL; without it, those of the system |
| \`anonymousPull\` | true: reading needs no token |

At least one of \`rootCertBundle\`, \`publicKeys\` and \`jwks\` is given.

\`\`\`yaml
notary:
  auth:
    type: token
    realm: https://auth.example/token
    service: notary.example
    issuer: auth.example
    rootCertBundle: auth-server.pem
\`\`\`

With \`type: builtin\` the service gives the tokens itself, at \`/v1/notary/token\`. [How](../notary-auth.md).

| member | meaning |
|---|---|
| \`service\` | what tokens for this service are for: their claim \`aud\` |
| \`services\` | other services that tokens are given for, such as registries |
| \`issuer\` | their claim \`iss\`; \`service\` without it |
| \`realm\` | the URL where clients get tokens; without it, the host that they ask |
| \`lifetimeSeconds\` | 60 to 3600; 300 without it |
| \`htpasswd\` | a file of \`user:bcrypt\`, read again when it changes |
| \`users\` | \`user: bcrypt\`, beside or instead of the file |
| \`groups\` | \`group: [user, …]\` |
| \`rules\` | each with \`users\`, \`groups\`, \`loggedIn: true\` or \`everybody: true\` (without a login too), and \`repositories\` and \`allow\` |
| \`oidc\` | OpenID Connect issuers: \`issuer\`, \`audience\`, \`jwks\` and \`ca\` where discovery does not do, and \`rules\` with \`claims\`, \`repositories\` and \`allow\` |

\`repositories\` are patterns: \`*\` stands for characters within one component of a name, \`**\` for one or more components.
\`allow\` holds \`pull\`, \`push\`, \`delete\` (of registries), or \`*\` for everything: on Notary repositories, deleting them and
rotating the keys of the service. Of claims all must be met; \`*\` stands for any characters.

\`\`\`yaml
notary:
  auth:
    type: builtin
    service: writ.example
    htpasswd: htpasswd
    rules:
      - {users: [alice], repositories: ['registry.example/acme/**'], allow: [pull, push]}
      - {everybody: true, repositories: ['registry.example/public/**'], allow: [pull]}
    oidc:
      - issuer: https://token.actions.githubusercontent.com
        audience: writ.example
        rules:
          - claims: {repository: acme/app, ref: refs/heads/main}
            repositories: [registry.example/acme/app]
            allow: [pull, push]
\`\`\`

## Variables that are no settings

| variable | meaning |
|---|---|
| \`WRIT_<ROLE>_PASSPHRASE\` | the pass-phrase of the keys of a role: \`WRIT_TARGETS_PASSPHRASE\`; before all others |
| \`WRIT_PASSPHRASE\` | the pass-phrase of every key; before \`passphraseFile\` |
| \`WRIT_NEW_PASSPHRASE\` | the pass-phrase that \`writ key passwd\` seals a key with |
| \`WRIT_ONLINE_KEY\` | the online secret of the service, 32 bytes in hex; before \`$CREDENTIALS_DIRECTORY/writ-online-key\` and \`data/online-key\` |
| \`DOCKER_CONFIG\` | the folder of Docker's \`config.json\` with the credentials of registries; \`~/.docker\` without |
| \`XDG_CONFIG_HOME\`, \`XDG_DATA_HOME\`, \`XDG_STATE_HOME\` | the folders that the defaults lie in, when absolute |`.split(
  '\n',
);
