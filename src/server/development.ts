/** The data folder of a development service: everything that `writ serve --config <data>/writ.yaml` needs. */
import { join } from 'node:path';
import { createPrivateFile } from '../keystore/secret-file.js';
import { openTokenAuthority } from '../repository/token-folder.js';
import type { Clock } from '../tuf/ports.js';
import { ensureDataFolder, ensureOperatorToken, loadOnlineSecret } from './data-folder.js';
import { DEVELOPMENT_CA, ensureDevelopmentCertificate } from './tls.js';

/** Where a development service keeps what its user needs; absolute when the data folder is. */
export interface DevelopmentFiles {
  readonly config: string;
  /** The operator's token. */
  readonly token: string;
  /** What clients of the webhooks trust. */
  readonly ca: string;
  readonly policy: string;
}

const CONFIG = `# A development service: \`npm start\` made this file, and never writes over it. Paths are relative to it.
development: true
server: http://127.0.0.1:4443
listen: 127.0.0.1:4443
admissionListen: 127.0.0.1:4444
data: .
state: state
keys: keys
tokenFile: token
auth:
  mode: token
policies:
  - policies
`;

const POLICY = `# What may run here: images under registry.example that the repository \`example\` has signed.
apiVersion: writ.dev/v1
kind: AdmissionPolicy
metadata:
  name: example
spec:
  match:
    namespaces: ['*']
    images: ['registry.example/**']
  trust:
    repository: example
    roles: [targets]
  # The most that an image may be granted here; what it is granted is what it was signed with.
  authority:
    preset: web-service
  unsignedGrants: deny
  onExcess: deny
  mode: enforce
`;

/**
 * Makes what is missing: the folder, its secrets, the operator's token, a certificate, `writ.yaml` and an example
 * policy. What is there stays as it is.
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
  };
  await ensureDataFolder(data);
  await loadOnlineSecret(data, {});
  await ensureOperatorToken(data, await openTokenAuthority(data, clock));
  await ensureDevelopmentCertificate(data, clock);
  await createPrivateFile(files.policy, POLICY);
  await createPrivateFile(files.config, CONFIG);
  return files;
}
