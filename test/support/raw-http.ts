/** The least that a load needs of HTTP: prepared requests over kept-alive connections, answers counted by their end. */
import { connect, type Socket } from 'node:net';

/** A request as it goes over the wire. */
export function rawRequest(
  url: string,
  method = 'GET',
  { type, body }: { type?: string; body?: Uint8Array } = {},
): Buffer {
  const { host, pathname } = new URL(url);
  const head = [
    `${method} ${pathname} HTTP/1.1`,
    `Host: ${host}`,
    ...(type === undefined ? [] : [`Content-Type: ${type}`]),
    ...(body === undefined ? [] : [`Content-Length: ${body.length}`]),
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body ?? new Uint8Array()]);
}

export interface Answer {
  readonly status: number;
  readonly bytes: Buffer;
}

/** One connection, one request at a time. */
export class RawConnection {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
      this.#look();
    });
    const lost = (): void => {
      this.#waiting?.reject(new Error('the connection was cut'));
    };
    socket.on('close', lost).on('error', lost);
  }

  static open(url: string): Promise<RawConnection> {
    const { hostname, port } = new URL(url);
    return new Promise((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true }, () => {
        resolve(new RawConnection(socket));
      });
      socket.once('error', reject);
    });
  }

  send(request: Uint8Array): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) {
        reject(new Error('the connection is closed'));
        return;
      }
      this.#waiting = { resolve, reject };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #look(): void {
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd === -1) return;
    const head = this.#received.subarray(0, headEnd).toString('latin1');
    const length = /^content-length: *(\d+)/im.exec(head)?.[1];
    const from = headEnd + 4;
    const end = length === undefined ? this.#received.indexOf('0\r\n\r\n', from) + 5 : from + Number(length);
    if (end < from + (length === undefined ? 5 : 0) || this.#received.length < end) return;
    const answer = { status: Number(head.slice(9, 12)), bytes: this.#received.subarray(from, end) };
    this.#received = this.#received.subarray(end);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(answer);
  }
}

/** How many requests a second `connections` get answered with 200, each sending the next when one is answered. */
export async function requestsPerSecond(
  url: string,
  connections: number,
  count: number,
  next: (connection: number) => Uint8Array | undefined,
): Promise<number> {
  const open = await Promise.all(Array.from({ length: connections }, () => RawConnection.open(url)));
  let sent = 0;
  let answered = 0;
  const started = performance.now();
  await Promise.all(
    open.map(async (connection, i) => {
      while (sent < count) {
        const request = next(i);
        if (request === undefined) return;
        sent++;
        const { status, bytes } = await connection.send(request);
        if (status !== 200) throw new Error(`${url} answered ${status}: ${bytes.toString('latin1')}`);
        answered++;
      }
    }),
  ).finally(() => {
    for (const connection of open) connection.close();
  });
  return (answered * 1000) / (performance.now() - started);
}
