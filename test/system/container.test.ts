/** What runtimes say of a cgroup that is still busy when the container has ended is no output of the container. */
import { expect, it } from 'vitest';
import { withoutLateCgroups } from './container.js';

const PATH = '/sys/fs/cgroup/pids/writ-enforce-1-bundle-2';

/** As each version said it while a process was kept in the cgroups of a container that had ended. */
const LATE: Readonly<Record<string, readonly string[]>> = {
  'runc 1.1': [
    `time="2026-11-21T20:24:43Z" level=warning msg="Failed to remove cgroup (will retry)" error="rmdir ${PATH}: device or resource busy"`,
    `time="2026-11-21T20:24:43Z" level=error msg="Failed to remove cgroup" error="rmdir ${PATH}: device or resource busy"`,
    `time="2026-11-21T20:24:43Z" level=error msg="Failed to remove paths: map[pids:${PATH}]"`,
  ],
  'runc 1.3': [
    `time="2026-11-21T20:25:20Z" level=warning msg="unable to destroy container: unable to remove container's cgroup: Failed to remove paths: map[pids:${PATH}]"`,
  ],
  crun: [`cannot destroy subsystem \`freezer\` at path \`${PATH}\`: Device or resource busy`],
};

it.each(Object.entries(LATE))('%s', (_, lines) => {
  expect(withoutLateCgroups(`${lines.join('\n')}\n`)).toBe('');
  expect(withoutLateCgroups(`alive\n${lines.join('\n')}\nsh: not found\n`)).toBe('alive\nsh: not found\n');
});

it.each([
  'time="2026-11-21T20:24:43Z" level=warning msg="unknown capabilities ignored: [CAP_X]"\n',
  'time="2026-11-21T20:24:43Z" level=error msg="runc run failed: unable to start container process: permission denied"\n',
  'cannot set up seccomp: permission denied\n',
  `a program says: cannot destroy subsystem \`freezer\` at path \`${PATH}\`\n`,
])('all else is: %s', words => {
  expect(withoutLateCgroups(words)).toBe(words);
});
