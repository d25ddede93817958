/** A bounded load over kept-alive TLS to a server of our own on loopback, and the CPU that server spent. */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';

export interface Target {
  port: number;
  path: string;
  pid: number;
  body: Buffer;
}

const CONNECTIONS = 8;

/** Microseconds of CPU that the process `target.pid` spent on each of `count` requests. */
export async function cpuPerRequest(target: Target, count: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS, rejectUnauthorized: false });
  const before = cpuTicks(target.pid);
  let sent = 0;
  const worker = async (): Promise<void> => {
    while (sent++ < count) await post(agent, target);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  const ticks = cpuTicks(target.pid) - before;
  agent.destroy();
  return (ticks * 10_000) / count; // a tick of /proc is 10 ms
}

function cpuTicks(pid: number): number {
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
