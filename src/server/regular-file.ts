/** Files that the configuration names: through links (mounted secrets are links), never a device or a pipe. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/**
 * The bytes of a regular file.
 *
 * @param maxBytes - the most bytes of it
 * @returns null when there is none of that name
 * @throws Error that says why it cannot be read; the caller knows what the file is for
 */
export async function readRegularFile(path: string, maxBytes: number): Promise<Uint8Array | null> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  });
  if (file === null) return null;
  try {
    const status = await file.stat();
    if (!status.isFile()) throw new Error('it is not a regular file');
    if (status.size > maxBytes) throw new Error(`it has more than ${maxBytes} bytes`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}
