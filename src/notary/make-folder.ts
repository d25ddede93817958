import { mkdir } from 'node:fs/promises';
import { storeFailure } from '../storage/failure.js';

/** Makes a folder and those above it, mode 0700; one that is there stays as it is. @throws WritError STORE_FULL, STORE_IO */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw storeFailure(cause, `the folder ${folder} cannot be made`);
  }
}
