/** A bounded load over kept-alive TLS to a server of our own on loopback, and the CPU that server spent. */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Target {
  port: number;
  path: string;
  pid: number;
  body: Buffer;
}

const CONNECTIONS = 8;

/**
 * Microseconds of CPU that the process `target.pid` spent on each of `count` requests.
 *
 * @param rate - requests a second, the same whatever the server takes for one; 0 sends the next when one is answered.
 *   Only at one rate do two servers meet the same number of wake-ups.
 */
export async function cpuPerRequest(target: Target, count: number, rate = 0): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS, rejectUnauthorized: false });
  const before = cpuTicks(target.pid);
  await (rate === 0 ? atOnce(agent, target, count) : paced(agent, target, count, rate));
  const ticks = cpuTicks(target.pid) - before;
  agent.destroy();
  return (ticks * 10_000) / count; // a tick of /proc is 10 ms
}

async function atOnce(agent: Agent, target: Target, count: number): Promise<void> {
  let sent = 0;
  const worker = async (): Promise<void> => {
    while (sent++ < count) await post(agent, target);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
}

async function paced(agent: Agent, target: Target, count: number, rate: number): Promise<void> {
  const begun = performance.now();
  const answers: Promise<Buffer>[] = [];
  while (answers.length < count) {
    const due = Math.min(count, ((performance.now() - begun) / 1000) * rate);
    while (answers.length < due) answers.push(post(agent, target));
    await sleep(1);
  }
  await Promise.all(answers);
}

/** Of 10 ms: the CPU that a process has spent. */
export function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

/** One request; the bytes of the answer. */
export async function ask(target: Target): Promise<Buffer> {
  const agent = new Agent({ rejectUnauthorized: false });
  const answer = await post(agent, target);
  agent.destroy();
  return answer;
}

function post(agent: Agent, { port, path, body }: Target): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const sent = request({ host: '127.0.0.1', port, path, method: 'POST', agent, headers }, response => {
      if (response.statusCode !== 200) reject(new Error(`${path} answered ${String(response.statusCode)}`));
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        resolve(Buffer.concat(chunks));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
