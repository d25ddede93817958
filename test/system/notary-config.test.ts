/** `writ serve` with the file of a notary-server: the recorded steps of the unmodified client, and tokens as before. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { httpRequest } from '../../src/transport/http.js';
import { authority } from '../access/tokens.js';
import { recordedSteps, runNotarySteps } from '../support/notary-steps.js';
import { describeWith } from '../support/system.js';
import { serve, temporaryFolder, type Serving } from './writ-serve.js';

const golden = (name: string): string => join('test/golden/notary-v1/configs', name);

/** @param change - of the file, as text */
async function serveWith(name: string, change: (text: string) => string = text => text): Promise<Serving> {
  const folder = temporaryFolder();
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  const file = join(folder, name);
  writeFileSync(file, change(readFileSync(golden(name), 'utf8')));
  return serve(data, { args: ['--notary-config', file] });
}

describeWith(['notary', 'openssl', 'bash'], 'in place of a notary-server, with its file', () => {
  it('the unmodified notary goes through its recorded life', async () => {
    const service = await serveWith('server-local.json');
    const outcomes = await runNotarySteps({ program: ['notary'], server: service.repository });
    expect(outcomes.map(({ step, exit, exchanges }) => ({ step, exit, exchanges }))).toEqual(recordedSteps());
  });
});

describeWith(['notary'], 'with the file of a notary-server that takes tokens', () => {
  it('asks for tokens of its token server, and is for the same names', async () => {
    const bundle = join(temporaryFolder(), 'bundle.pem');
    writeFileSync(bundle, authority('token server', { ca: false }).certificate.toString());
    const service = await serveWith('server-token.json', text =>
      text.replace('$RIG/pki/localhost.crt', bundle),
    );
    const ask = async (gun: string): Promise<[number, string | undefined]> => {
      const url = `${service.repository}/v2/${gun}/_trust/tuf/root.json`;
      const { status, headers } = await httpRequest({ url, maxBytes: 1000 });
      return [status, headers.get('www-authenticate')];
    };
    expect(await ask('localhost:5000/app')).toEqual([
      401,
      'Bearer realm="https://localhost:5001/token",service="notary-test",scope="repository:localhost:5000/app:pull"',
    ]);
    expect(await ask('other/app')).toEqual([404, undefined]);
    const { status, stderr, stdout } = spawnSync('notary', ['-s', service.repository, 'list', 'other/app'], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: temporaryFolder() },
    });
    expect([status, stdout + stderr]).toEqual([1, expect.any(String)]);
  });
});
