/** All lies, by the file that tries them: three files, so that they can be tried at once. */
import { DELEGATION_LIES, ENTRY_LIES, KEY_LIES, NAME_LIES } from './delegators.js';
import { DOCUMENT_LIES } from './documents.js';
import { WORKFLOW_LIES } from './workflow.js';
import type { Lie } from './world.js';

export const LIES = {
  documents: DOCUMENT_LIES,
  delegators: [...ENTRY_LIES, ...KEY_LIES, ...NAME_LIES, ...DELEGATION_LIES],
  workflow: WORKFLOW_LIES,
} satisfies Record<string, readonly Lie[]>;
