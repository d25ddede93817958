/**
 * SecurityContext and PodSecurityContext, Kubernetes 1.32 to 1.36.
 * https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#security-context-1
 */
import { isJsonObject, member, type JsonValue } from '../../json/types.js';
import {
  deny,
  denied,
  flag,
  grant,
  harmless,
  malformed,
  objectOf,
  right,
  rows,
  type Ask,
  type Row,
  type Table,
} from './model.js';

const GROUPS = harmless('groups own files; rights come with the user and its capabilities');
const INHERITED = harmless('read in every container that inherits it');

/** As linux/capability.h spells them, without `CAP_`: the one spelling that every runtime reads alike. */
const CAPABILITY = /^[A-Z][A-Z_]{1,30}$/;

function capabilities(value: JsonValue, field: string, read: (name: string, at: string) => Ask[]): Ask[] {
  if (!Array.isArray(value)) return [malformed(field, 'a list')];
  return (value as readonly JsonValue[]).flatMap((name, i) => {
    const at = `${field}[${i}]`;
    if (typeof name === 'string' && CAPABILITY.test(name) && !name.startsWith('CAP_')) return read(name, at);
    return [deny(at, 'is no capability spelled as `SYS_ADMIN`, without CAP_', 'ADMISSION_CAPABILITY')];
  });
}

const CAPABILITIES: Table = new Map<string, Row>([
  [
    'add',
    right('capabilities must have been granted', (value, field) =>
      capabilities(value, field, (name, at) => [{ kind: 'capability', field: at, name }]),
    ),
  ],
  [
    'drop',
    right('only the spelling is read: less is always allowed', (value, field) =>
      capabilities(value, field, () => []),
    ),
  ],
]);

const privileged: Row = right('a privileged container runs under no profile at all', (value, field) =>
  value === false ? [] : [deny(field, 'is privileged: no profile would hold it', 'ADMISSION_PRIVILEGED')],
);

const runAsUser: Row = right('user 0', (value, field) => {
  if (typeof value !== 'number') return [malformed(field, 'a number')];
  return value === 0 ? [grant(field, 'identity', 'root')] : [];
});

const runAsNonRoot: Row = right('false lets the image choose user 0', (value, field, whole) => {
  if (typeof value !== 'boolean') return [malformed(field, 'a boolean')];
  const user = member(whole, 'runAsUser');
  return value || (typeof user === 'number' && user !== 0) ? [] : [grant(field, 'identity', 'root')];
});

const procMount: Row = right('what of /proc is masked', (value, field) => {
  if (value === 'Unmasked') return [grant(field, 'proc-mount', 'unmasked')];
  return value === 'Default' ? [] : [malformed(field, '"Default" or "Unmasked"')];
});

const appArmor: Row = right('Unconfined takes a fence down', (value, field) => {
  const type = isJsonObject(value) ? member(value, 'type') : undefined;
  return type === 'RuntimeDefault' || type === 'Localhost'
    ? []
    : [deny(field, 'is neither RuntimeDefault nor Localhost')];
});

const seccomp: Row = right('the profile is the one that was signed', (value, field) => {
  if (!isJsonObject(value)) return [malformed(field, 'an object')];
  const type = member(value, 'type');
  const file = member(value, 'localhostProfile');
  if (typeof type !== 'string') return [malformed(field, 'an object with a type')];
  if (file !== undefined && file !== null && typeof file !== 'string') {
    return [malformed(`${field}.localhostProfile`, 'a string')];
  }
  return [{ kind: 'seccomp', field, type, file: file ?? undefined }];
});

/** The types that Pod Security `baseline` allows; others, such as spc_t, are not confined. */
const SELINUX_TYPES: readonly unknown[] = [
  '',
  'container_t',
  'container_init_t',
  'container_kvm_t',
  'container_engine_t',
];
const SELINUX: Table = new Map<string, Row>([
  ['level', harmless('separates containers from each other')],
  [
    'type',
    right('some types are not confined', (value, field) =>
      SELINUX_TYPES.includes(value) ? [] : [deny(field, 'is no type of a confined container')],
    ),
  ],
  ...rows(
    right('a user or role of SELinux may be unconfined', (value, field) =>
      value === '' ? [] : [deny(field, 'must not be set')],
    ),
    'role',
    'user',
  ),
]);

const windowsOptions = denied('asks for a system other than Linux', 'ADMISSION_WINDOWS');

/** Fields that a container takes from its pod where it has none itself. */
export const INHERITED_FIELDS = [
  'appArmorProfile',
  'runAsGroup',
  'runAsNonRoot',
  'runAsUser',
  'seLinuxOptions',
  'seccompProfile',
  'windowsOptions',
] as const;

export const SECURITY_CONTEXT: Table = new Map<string, Row>([
  ['allowPrivilegeEscalation', flag(true, 'privilege', 'escalate', 'no_new_privs is off')],
  ['appArmorProfile', appArmor],
  ['capabilities', objectOf(CAPABILITIES)],
  ['privileged', privileged],
  ['procMount', procMount],
  ['readOnlyRootFilesystem', flag(false, 'filesystem', 'writable', 'writes to the root file system')],
  ['runAsGroup', GROUPS],
  ['runAsNonRoot', runAsNonRoot],
  ['runAsUser', runAsUser],
  ['seLinuxOptions', objectOf(SELINUX)],
  ['seccompProfile', seccomp],
  ['windowsOptions', windowsOptions],
]);

const sysctls: Row = right('settings of the kernel', (value, field) => {
  if (!Array.isArray(value)) return [malformed(field, 'a list')];
  return (value as readonly JsonValue[]).map((item, i): Ask => {
    const at = `${field}[${i}]`;
    const name = isJsonObject(item) ? member(item, 'name') : undefined;
    const set = isJsonObject(item) ? member(item, 'value') : undefined;
    if (typeof name !== 'string' || typeof set !== 'string') return malformed(at, 'a name and a value');
    return { kind: 'sysctl', field: at, name, value: set };
  });
});

/** Also the sandbox of the pod gets it, whatever the containers say themselves. */
const podSeccomp: Row = right('the profile is the one that was signed', (value, field) => {
  const type = isJsonObject(value) ? member(value, 'type') : undefined;
  const file = isJsonObject(value) ? member(value, 'localhostProfile') : undefined;
  const ours = type === 'Localhost' && typeof file === 'string' && /^writ\/[0-9a-f]{64}\.json$/.test(file);
  return ours || type === 'RuntimeDefault'
    ? []
    : [deny(field, 'is no profile that writ names', 'ADMISSION_SECCOMP')];
});

export const POD_SECURITY_CONTEXT: Table = new Map<string, Row>([
  ...rows(GROUPS, 'fsGroup', 'fsGroupChangePolicy', 'supplementalGroups', 'supplementalGroupsPolicy'),
  ['seLinuxChangePolicy', harmless('how volumes are labelled')],
  ...rows(INHERITED, 'appArmorProfile', 'runAsGroup', 'runAsNonRoot', 'runAsUser', 'seLinuxOptions'),
  ['seccompProfile', podSeccomp],
  ['sysctls', sysctls],
  ['windowsOptions', windowsOptions],
]);
