/**
 * The commands that scripts run for every container: they start from a bundle of their own, in half the time. One is
 * added here and in src/quick.ts; docs/decisions/0004-start-time.md says how it works.
 */
export const PROFILE_COMPILE = {
  name: 'profile compile',
  summary: 'compile grants into the profile that the kernel enforces',
} as const;

export const QUICK_COMMANDS = [PROFILE_COMPILE];
