/** The data folder of a development service: everything that `writ serve --config <data>/writ.yaml` needs. */
import { join } from 'node:path';
import { createPrivateFile, ensureSecret } from '../keystore/secret-file.js';
import { openTokenAuthority } from '../repository/token-folder.js';
import type { Clock } from '../tuf/ports.js';
import { ensureDataFolder, ensureOperatorToken, loadOnlineKeyring } from './data-folder.js';
import { DEVELOPMENT_CA, ensureDevelopmentCertificate } from './tls.js';

/** Where a development service keeps what its user needs; absolute when the data folder is. */
export interface DevelopmentFiles {
  readonly config: string;
  /** The operator's token. */
  readonly token: string;
  /** What clients of the webhooks trust. */
  readonly ca: string;
  readonly policy: string;
  /** Of an image that nobody has to push: `writ sign --manifest` takes it. */
  readonly manifest: string;
  /** A pod that names the image. */
  readonly pod: string;
}

/** What the example policy trusts, and what the example pod runs. */
export const DEVELOPMENT = { repository: 'example', image: 'registry.example/web:1.0' } as const;

const CONFIG = `# A development service: \`npm start\` made this file, and never writes over it. Paths are relative to it.
development: true
server: http://127.0.0.1:4443
listen: 127.0.0.1:4443
admissionListen: 127.0.0.1:4444
data: .
state: state
keys: keys
tokenFile: token
# Of the keys in \`keys\`, which are for trying writ out. Real keys have a pass-phrase that is in no file.
passphraseFile: passphrase
auth:
  mode: token
policies:
  - policies
# Warnings of the start are printed in words; \`info\` logs what is asked and answered, as lines of JSON.
log:
  level: error
`;

const POLICY = `# What may run here: images under registry.example that the repository \`${DEVELOPMENT.repository}\` has signed.
apiVersion: writ.dev/v1
kind: AdmissionPolicy
metadata:
  name: example
spec:
  match:
    namespaces: ['*']
    images: ['registry.example/**']
  trust:
    repository: ${DEVELOPMENT.repository}
    roles: [targets]
  # The most that an image may be granted here; what it is granted is what it was signed with.
  authority:
    preset: web-service
  unsignedGrants: deny
  onExcess: deny
  mode: enforce
`;

/** OCI image-spec 1.1, an empty config (its section "guidance for an empty descriptor") and no layers. */
const MANIFEST = `{
  "schemaVersion": 2,
  "mediaType": "application/vnd.oci.image.manifest.v1+json",
  "config": {
    "mediaType": "application/vnd.oci.empty.v1+json",
    "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    "size": 2
  },
  "layers": []
}
`;

const POD = `apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
    - name: web
      image: ${DEVELOPMENT.image}
`;

/**
 * Makes what is missing: the folder, its secrets, the operator's token, a certificate, `writ.yaml`, an example
 * policy and an example to sign and admit. What is there stays as it is.
 *
 * @param data - the data folder
 * @throws WritError SERVER_DATA, SERVER_TLS, KEYSTORE_PERMISSIONS, KEYSTORE_SECRET
 */
export async function prepareDevelopment(data: string, clock: Clock): Promise<DevelopmentFiles> {
  const files = {
    config: join(data, 'writ.yaml'),
    token: join(data, 'token'),
    ca: join(data, DEVELOPMENT_CA),
    policy: join(data, 'policies', 'example.yaml'),
    manifest: join(data, 'example', 'manifest.json'),
    pod: join(data, 'example', 'pod.yaml'),
  };
  await ensureDataFolder(data);
  await loadOnlineKeyring(data, {});
  await ensureOperatorToken(data, await openTokenAuthority(data, clock));
  await ensureDevelopmentCertificate(data, clock);
  await ensureSecret(join(data, 'passphrase'));
  await createPrivateFile(files.policy, POLICY);
  await createPrivateFile(files.manifest, MANIFEST);
  await createPrivateFile(files.pod, POD);
  await createPrivateFile(files.config, CONFIG);
  return files;
}
