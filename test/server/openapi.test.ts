import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { describe, expect, it } from 'vitest';
import { createApp } from '../../src/server/app.js';
import { notaryAdminRoutes } from '../../src/server/notary/admin-routes.js';
import { tokenRoutes } from '../../src/server/notary/token-routes.js';
import { admissionRoutes } from '../../src/server/routes/admission.js';
import { documentRoute } from '../../src/server/routes/document.js';
import { healthRoutes, metricsRoute } from '../../src/server/routes/health.js';
import { lookupRoutes } from '../../src/server/routes/lookup.js';
import { proposalRoutes } from '../../src/server/routes/proposals.js';
import { repositoryRoutes } from '../../src/server/routes/repositories.js';
import { tufRoutes } from '../../src/server/routes/tuf.js';
import { plainServer } from '../../src/server/servers.js';
import { start } from './service.js';

const document = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'reference', 'openapi.json'), 'utf8'),
) as { paths: Record<string, Record<string, unknown>>; components: { schemas: object } };

/** `GET /tuf/{repository}/targets/{path}` for every route; none of them is called. */
async function routesOf(register: (app: FastifyInstance) => void): Promise<string[]> {
  const found: string[] = [];
  const app = createApp({ bodyLimit: 1, serverFactory: plainServer });
  app.addHook('onRoute', ({ method, url }) => {
    const path = url.replace(/:(\w+)/g, '{$1}').replace('*', '{path}');
    for (const one of [method].flat()) if (one !== 'HEAD') found.push(`${one} ${path}`);
  });
  register(app);
  await app.ready();
  return found;
}

describe('docs/reference/openapi.json', () => {
  it('describes exactly the routes that there are', async () => {
    const never = new Proxy({}, { get: () => undefined }) as never;
    const routes = await routesOf(app => {
      tufRoutes(app, never);
      repositoryRoutes(app, never);
      proposalRoutes(app, never);
      tokenRoutes(app, never, never);
      notaryAdminRoutes(app, never);
      lookupRoutes(app, never, never);
      healthRoutes(app, []);
      metricsRoute(app, never);
      documentRoute(app);
      admissionRoutes(app, never, never);
    });
    const described = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map(method => `${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toEqual(routes.sort());
  });

  it('names no schema that it does not have', () => {
    const names = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(
      ([, name]) => name,
    );
    expect(new Set(names)).toEqual(new Set(Object.keys(document.components.schemas)));
  });

  it('is served', async () => {
    const { get } = await start();
    const answer = await get('/openapi.json');
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(JSON.parse(answer.text)).toEqual(document);
  });
});
