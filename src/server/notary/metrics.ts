/** What is asked on the Notary wire, under the names that notary-server measures it by: dashboards go on as they are. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Summary, type Registry } from 'prom-client';

/** As notary-server calls its handlers. */
export type NotaryOperation =
  | 'GetRole'
  | 'GetRoleByHash'
  | 'GetRoleByVersion'
  | 'GetKey'
  | 'RotateKey'
  | 'UpdateTUF'
  | 'DeleteTUF'
  | 'Changefeed';

/** One request that was answered. */
export interface NotaryExchange {
  readonly operation: NotaryOperation;
  readonly microseconds: number;
  /** Bytes, head and body. */
  readonly request: number;
  /** Bytes of the body. */
  readonly response: number;
}

/** Exchanges that wait to be counted; together they cost much less than one by one. */
const MAX_WAITING = 512;
const QUANTILES = { percentiles: [0.5, 0.9, 0.99], maxAgeSeconds: 600, ageBuckets: 5 };

export function notaryMetrics(registers: Registry[]): (exchange: NotaryExchange) => void {
  const waiting: NotaryExchange[] = [];
  const settle = (): void => {
    for (const { operation, microseconds, request, response } of waiting.splice(0)) {
      duration.observe({ operation }, microseconds);
      requestSize.observe({ operation }, request);
      responseSize.observe({ operation }, response);
    }
  };
  const summary = (name: string, help: string): Summary<'operation'> =>
    new Summary({
      name: `notary_server_http_${name}`,
      help,
      labelNames: ['operation'] as const,
      registers,
      ...QUANTILES,
      collect: settle,
    });
  const duration = summary('request_duration_microseconds', 'The HTTP request latencies in microseconds.');
  const requestSize = summary('request_size_bytes', 'The HTTP request sizes in bytes.');
  const responseSize = summary('response_size_bytes', 'The HTTP response sizes in bytes.');
  return exchange => {
    if (waiting.push(exchange) >= MAX_WAITING) settle();
  };
}

/** A request that was answered. */
export function exchangeOf(
  operation: NotaryOperation,
  { raw, headers }: FastifyRequest,
  reply: FastifyReply,
): NotaryExchange {
  const head = raw.rawHeaders.reduce((sum, text) => sum + text.length, (raw.url ?? '').length);
  return {
    operation,
    microseconds: reply.elapsedTime * 1000,
    request: head + (Number(headers['content-length']) || 0),
    response: Number(reply.getHeader('content-length')) || 0,
  };
}
