/** The calls of the write API about documents that wait for signatures; see transport/api-types.ts for the bodies. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { WritError } from '../../errors.js';
import {
  readProposeRequest,
  readRejectRequest,
  readSignProposalRequest,
} from '../../repository/proposal-request.js';
import type { ProposalAnswer } from '../../transport/api-types.js';
import { counted, Gate, nameIn, queryOf, readJson } from './body.js';
import type { RepositoryRouteOptions } from './repositories.js';

export function proposalRoutes(app: FastifyInstance, options: RepositoryRouteOptions): void {
  const { repositories, authenticate, onWritten, maxBody, metrics } = options;
  const gate = new Gate(authenticate);
  const guarded = { onRequest: gate.mayPush };
  /** Tells of what was published. */
  const told = async (request: FastifyRequest, answer: ProposalAnswer): Promise<ProposalAnswer> => {
    if (answer.published !== null) await onWritten(nameIn(request));
    return answer;
  };

  app.get('/v1/repositories/:name/proposals', request => repositories.proposals(nameIn(request)));

  app.get('/v1/repositories/:name/proposals/document', request => {
    const role = queryOf(request.raw.url ?? '').get('role');
    if (role === null) throw new WritError('REPOSITORY_REQUEST', 'the query does not name a role');
    return repositories.proposal(nameIn(request), role);
  });

  app.post('/v1/repositories/:name/proposals', guarded, async (request, reply) => {
    const body = readProposeRequest(readJson(request, maxBody));
    const answer = await counted(metrics, 'propose', () => repositories.propose(nameIn(request), body));
    return reply.code(201).send(await told(request, answer));
  });

  app.post('/v1/repositories/:name/proposals/signatures', guarded, async request => {
    const body = readSignProposalRequest(readJson(request, maxBody));
    const answer = await counted(metrics, 'approve', () => repositories.addSignatures(nameIn(request), body));
    return told(request, answer);
  });

  app.post('/v1/repositories/:name/proposals/reject', guarded, async request => {
    const body = readRejectRequest(readJson(request, maxBody));
    await counted(metrics, 'reject', () => repositories.rejectProposal(nameIn(request), body));
    return {};
  });
}
