import { afterEach, describe, expect, it } from 'vitest';

import { ERROR_CATALOGUE } from '../../src/errors.js';
import { ApiClient } from '../../src/transport/api-client.js';
import { serve, type Handler, type TestServer } from './server.js';

const open: TestServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(server => server.close()));
});

async function start(handler: Handler): Promise<TestServer> {
  const server = await serve(handler);
  open.push(server);
  return server;
}

const answer =
  (body: unknown, status = 200): Handler =>
  (_seen, response) => {
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
  };

const VERSIONS = { root: 1, targets: 3, snapshot: 4, timestamp: 9 };
const CREATE = { name: 'example', documents: { root: 'cm9vdA==', targets: 'dA==' } };

describe('requests', () => {
  it('asks for the keys of a repository, its name as one component', async () => {
    const keys = { snapshot: { keytype: 'ed25519' }, timestamp: { keytype: 'ecdsa' } };
    const server = await start(answer({ ...keys, more: 1 }));
    expect(await new ApiClient({ server: `${server.url}/` }).repositoryKeys('a/../b')).toEqual(keys);
    expect(server.seen[0]).toMatchObject({ method: 'GET', path: '/v1/repositories/a%2F..%2Fb/keys' });
    expect(server.seen[0]?.headers).not.toHaveProperty('authorization');
    expect(server.seen[0]?.headers).not.toHaveProperty('content-type');
  });

  it('creates', async () => {
    const server = await start(answer({ versions: VERSIONS }, 201));
    const client = new ApiClient({ server: server.url, token: 't0ken' });
    expect(await client.createRepository(CREATE)).toEqual({ versions: VERSIONS });
    expect(server.seen[0]).toMatchObject({
      method: 'POST',
      path: '/v1/repositories',
      headers: {
        authorization: 'Bearer t0ken',
        'content-type': 'application/json',
        accept: 'application/json',
      },
    });
    expect(JSON.parse(server.seen[0]?.body.toString() ?? '')).toEqual(CREATE);
  });

  it('publishes', async () => {
    const server = await start(answer({ versions: VERSIONS }));
    const request = { documents: { targets: 'dA==' }, blobs: ['Yg=='], base: { targets: 2 } };
    expect(await new ApiClient({ server: server.url }).publish('example', request)).toEqual({
      versions: VERSIONS,
    });
    expect(server.seen[0]?.path).toBe('/v1/repositories/example/publish');
    expect(JSON.parse(server.seen[0]?.body.toString() ?? '')).toEqual(request);
  });

  it('passes warnings on', async () => {
    const published = { versions: VERSIONS, warnings: ['targets has 2600000 bytes'] };
    const server = await start(answer(published));
    const request = { documents: { targets: 'dA==' }, base: { targets: 2 } };
    const told: string[] = [];
    const client = new ApiClient({ server: server.url, onWarning: warning => told.push(warning) });
    expect(await client.publish('example', request)).toEqual(published);
    expect(told).toEqual(published.warnings);
  });

  it('lists', async () => {
    const repositories = [{ name: 'example', format: 'tuf', versions: VERSIONS }];
    const server = await start(answer({ repositories }));
    expect(await new ApiClient({ server: server.url }).listRepositories()).toEqual({ repositories });
  });
});

describe('proposals', () => {
  const PROPOSAL = {
    role: 'team/ünit',
    version: 4,
    base: { version: 3, sha256: 'a'.repeat(64) },
    payload: 'b'.repeat(64),
    created: '2026-05-01T12:00:00Z',
    expires: '2026-05-15T12:00:00Z',
    signatures: ['c'.repeat(64)],
    needed: 2,
  };
  const FIRST_ROOT = {
    ...PROPOSAL,
    base: { version: 0, sha256: null },
    own: { signatures: [], needed: 1 },
  };
  const NAMED = { role: PROPOSAL.role, payload: PROPOSAL.payload };

  it('are listed', async () => {
    const server = await start(answer({ proposals: [PROPOSAL, FIRST_ROOT] }));
    const listed = await new ApiClient({ server: server.url }).proposals('example');
    expect(listed).toEqual({ proposals: [PROPOSAL, FIRST_ROOT] });
    expect(server.seen[0]).toMatchObject({ method: 'GET', path: '/v1/repositories/example/proposals' });
  });

  it('are made, and published at once when they are complete', async () => {
    const request = { role: 'targets', document: 'dA==', documents: { team: 'dA==' }, blobs: ['Yg=='] };
    const made = { proposal: PROPOSAL, published: VERSIONS };
    const server = await start(answer(made, 201));
    expect(await new ApiClient({ server: server.url }).propose('example', request)).toEqual(made);
    expect(server.seen[0]).toMatchObject({ method: 'POST', path: '/v1/repositories/example/proposals' });
    expect(JSON.parse(server.seen[0]?.body.toString() ?? '')).toEqual(request);
  });

  it('come with their documents, the role as one parameter', async () => {
    const found = { proposal: PROPOSAL, document: 'dA==', documents: { team: 'dA==' } };
    const server = await start(answer(found));
    expect(await new ApiClient({ server: server.url }).proposal('example', 'a&b=ü/c')).toEqual(found);
    expect(server.seen[0]?.path).toBe('/v1/repositories/example/proposals/document?role=a%26b%3D%C3%BC%2Fc');
  });

  it('take signatures', async () => {
    const request = { ...NAMED, signatures: [{ keyid: 'k', sig: '00' }] };
    const server = await start(answer({ proposal: PROPOSAL, published: null }));
    expect(await new ApiClient({ server: server.url }).addSignatures('example', request)).toEqual({
      proposal: PROPOSAL,
      published: null,
    });
    expect(server.seen[0]).toMatchObject({
      method: 'POST',
      path: '/v1/repositories/example/proposals/signatures',
    });
    expect(JSON.parse(server.seen[0]?.body.toString() ?? '')).toEqual(request);
  });

  it('are rejected', async () => {
    const server = await start(answer({}));
    await new ApiClient({ server: server.url }).rejectProposal('example', NAMED);
    expect(server.seen[0]).toMatchObject({
      method: 'POST',
      path: '/v1/repositories/example/proposals/reject',
    });
    expect(JSON.parse(server.seen[0]?.body.toString() ?? '')).toEqual(NAMED);
  });

  it.each([
    [{ ...PROPOSAL, base: { version: 0 } }, 'answer.proposal.base.sha256 must be a string'],
    [{ ...PROPOSAL, needed: 0 }, /answer.proposal.needed must be an integer from 1/],
    [{ ...PROPOSAL, own: {} }, 'answer.proposal.own.signatures must be an array'],
  ])('that are none are refused', async (proposal, message) => {
    const server = await start(answer({ proposal, published: null }));
    const client = new ApiClient({ server: server.url });
    await expect(client.addSignatures('example', { ...NAMED, signatures: [] })).rejects.toMatchObject({
      code: 'FETCH_ANSWER',
      message: expect.stringMatching(message) as string,
    });
  });
});

describe('the status', () => {
  it('says when roles expire, and when one has', async () => {
    const roles = [
      { role: 'root', version: 1, expires: '2027-05-01T12:00:00Z', online: false, daysLeft: 300 },
      { role: 'timestamp', version: 9, expires: '2026-05-01T12:00:00Z', online: true, daysLeft: -2 },
    ];
    const server = await start(answer({ roles }));
    expect(await new ApiClient({ server: server.url }).status('example')).toEqual({ roles });
    expect(server.seen[0]).toMatchObject({ method: 'GET', path: '/v1/repositories/example/status' });
  });
});

describe('failures that the service reports', () => {
  it('a conflict carries the current versions', async () => {
    const error = {
      code: 'REPOSITORY_CONFLICT',
      message: 'moved on',
      hint: 'rebase',
      details: { versions: VERSIONS },
    };
    const server = await start(answer({ error }, 409));
    await expect(new ApiClient({ server: server.url }).createRepository(CREATE)).rejects.toMatchObject({
      code: 'REPOSITORY_CONFLICT',
      message: 'moved on',
      hint: 'rebase',
      details: { versions: VERSIONS, status: 409 },
    });
  });

  it("a code of the catalogue is kept; its hint is the catalogue's when none is sent", async () => {
    const server = await start(answer({ error: { code: 'JSON_SIZE', message: 'm' } }, 413));
    await expect(new ApiClient({ server: server.url }).listRepositories()).rejects.toMatchObject({
      code: 'JSON_SIZE',
      message: 'm',
      hint: ERROR_CATALOGUE.JSON_SIZE.hint,
    });
  });

  it.each([
    [{ error: { code: 'constructor', message: 'm' } }, 500, 'FETCH_STATUS', 'm'],
    [{ error: { code: 7, message: 8 } }, 500, 'FETCH_STATUS', undefined],
    [{ error: 'text' }, 500, 'FETCH_STATUS', undefined],
    [{ error: { code: 'NEWER_THAN_WE', message: '' } }, 409, 'REPOSITORY_CONFLICT', undefined],
    ['<html>', 502, 'FETCH_STATUS', undefined],
    ['[]', 404, 'FETCH_STATUS', undefined],
    ['', 204, 'FETCH_STATUS', undefined],
  ])('%j with status %d is %s', async (body, status, code, message) => {
    const server = await start(answer(body, status));
    await expect(new ApiClient({ server: server.url }).listRepositories()).rejects.toMatchObject({
      code,
      message: message ?? `${server.url}/v1/repositories answered with status ${status}`,
      details: { status },
    });
  });

  it('attack: a service cannot write control characters or a flood to a terminal', async () => {
    const message = `a\u001b[31m\n\u202e\u2028${'x'.repeat(2000)}`;
    const server = await start(answer({ error: { code: 'USAGE', message, hint: 'h\r' } }, 400));
    await expect(new ApiClient({ server: server.url }).listRepositories()).rejects.toMatchObject({
      message: `a [31m   ${'x'.repeat(991)}`,
      hint: 'h ',
    });
  });
});

describe('answers that are none', () => {
  it.each([
    ['no json', /^not JSON/],
    ['\u001b[31m', /^not JSON: Unexpected token ' ', " \[31m" is not valid JSON$/],
    ['[]', /^answer must be an object$/],
    ['{}', /^answer\.repositories must be an array$/],
    ['{"repositories":[1]}', /^answer\.repositories\[0\] must be an object$/],
    [
      '{"repositories":[{"name":"a","format":"zip","versions":{}}]}',
      /^answer\.repositories\[0\]\.format must be tuf$/,
    ],
    [
      '{"repositories":[{"name":"a","format":"tuf","versions":{"root":"1"}}]}',
      /^answer\.repositories\[0\]\.versions\.root must be/,
    ],
  ])('%s', async (body, reason) => {
    const server = await start(answer(body));
    const failure: unknown = await new ApiClient({ server: server.url })
      .listRepositories()
      .catch((e: unknown) => e);
    expect(failure).toMatchObject({ code: 'FETCH_ANSWER' });
    const [before, after] = (failure as Error).message.split(' answered with something else: ');
    expect(before).toBe(`${server.url}/v1/repositories`);
    expect(after).toMatch(reason);
  });

  it('attack: a redirect of a write would carry the token: it is not followed', async () => {
    const server = await start((_seen, response) =>
      response.writeHead(302, { location: '/elsewhere' }).end(),
    );
    await expect(new ApiClient({ server: server.url, token: 't' }).listRepositories()).rejects.toMatchObject({
      code: 'FETCH_REDIRECT',
    });
    expect(server.seen).toHaveLength(1);
  });
});

describe('a token without TLS', () => {
  it.each(['http://writ.example', 'http://127.0.0.1.evil.example', 'http://10.0.0.1:4443', 'http://[::2]'])(
    'does not travel to %s',
    server => {
      expect(() => new ApiClient({ server, token: 'secret' })).toThrow(
        expect.objectContaining({
          code: 'FETCH_PLAINTEXT',
          message: `the token is not sent to ${server}/, which is plain http`,
        }),
      );
      expect(() => new ApiClient({ server })).not.toThrow();
    },
  );

  it.each([
    'http://127.0.0.1:1',
    'http://127.9.9.9',
    'http://localhost',
    'http://[::1]:80',
    'https://writ.example',
  ])('may be given for %s', server => {
    expect(() => new ApiClient({ server, token: 'secret' })).not.toThrow();
  });
});
