/** The webhooks: bytes of an AdmissionReview in, bytes of its answer out. */
import type { FastifyInstance } from 'fastify';
import type { Admission } from '../../admission/admission.js';
import type { Phase } from '../../admission/decision.js';
import { sendFailure } from '../failures.js';
import type { Metrics } from '../metrics.js';

const PHASES: readonly Phase[] = ['mutate', 'validate'];
const EMPTY = new Uint8Array(0);

export function admissionRoutes(app: FastifyInstance, admission: Admission, metrics: Metrics): void {
  for (const phase of PHASES) {
    app.post(`/${phase}`, (request, reply) => {
      const start = performance.now();
      const { body } = request;
      const handled = admission.handle(body instanceof Uint8Array ? body : EMPTY, phase);
      const seconds = (performance.now() - start) / 1000;
      if (handled.kind === 'unreadable') {
        metrics.decided(phase, 'unreadable', seconds);
        return sendFailure(reply, handled.error);
      }
      metrics.decided(phase, handled.decision.kind, seconds);
      return reply.header('content-type', 'application/json').send(handled.answer);
    });
  }
}
