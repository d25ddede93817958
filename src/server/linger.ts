/** The end of a connection whose request is answered before it was read. */
import type { FastifyReply } from 'fastify';

/** How long the rest of a body is read and thrown away, unless the other side ends the connection before. */
const LINGER_MS = 5000;

/**
 * Has the connection end with the answer, and not before who asked can have read it: its sending side is shut, what
 * still arrives is read (RFC 9112 §9.6). Shut on both sides at once, a connection with unread bytes is reset, and a
 * client that is still sending meets the reset before the answer.
 */
export function endGently(reply: FastifyReply): void {
  void reply.header('connection', 'close');
  const { socket } = reply.request.raw;
  let ending = false;
  // Node calls it when the answer is sent; the rest of the body flows on into nothing by then.
  socket.destroySoon = () => {
    if (ending) {
      socket.destroy();
      return;
    }
    ending = true;
    socket.end();
    const cut = setTimeout(() => socket.destroy(), LINGER_MS).unref();
    socket.once('close', () => {
      clearTimeout(cut);
    });
  };
}
