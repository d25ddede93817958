import { mergeCommand } from '../merge-filters.js';

export const command = mergeCommand('meet');
