/** Error codes of decisions, the command line and the service. */
import { no, usage, type ErrorEntry } from './entry.js';

export const DOOR_ERRORS = {
  // admission/
  ADMISSION_REVIEW: no(
    400,
    'an AdmissionReview is malformed',
    'send what a Kubernetes API server sends: admission.k8s.io/v1',
  ),
  ADMISSION_KIND: no(
    403,
    'a review is about something that is not decided here',
    'register the webhook for pods and pods/ephemeralcontainers only',
  ),
  ADMISSION_POD: no(400, 'a pod is malformed', 'correct the field that the message names'),
  ADMISSION_FIELD: no(
    403,
    'a pod has a field that this version of writ does not know',
    'remove the field, or use a release of writ that knows the Kubernetes version of the cluster',
  ),
  ADMISSION_DENIED_FIELD: no(
    403,
    'a field of a pod has a value that is never allowed',
    'remove the field that the message names',
  ),
  ADMISSION_EXCESS: no(
    403,
    'a pod asks for more than its image was granted',
    'remove the field, or have the image signed with the grant: `writ sign --grant DOMAIN=LEVEL IMAGE`',
  ),
  ADMISSION_PRIVILEGED: no(
    403,
    'a container is privileged',
    'remove `privileged`, and sign the image with the grants that it needs',
  ),
  ADMISSION_CAPABILITY: no(
    403,
    'a capability is not spelled as Kubernetes spells it',
    'write it in upper case without CAP_, such as NET_BIND_SERVICE',
  ),
  ADMISSION_SECCOMP: no(
    403,
    'a pod names another seccomp profile than the one that was signed',
    'remove `seccompProfile`: writ sets it; make a running pod anew to change it',
  ),
  ADMISSION_SHARED_PROCESSES: no(
    403,
    'a container would reach the processes of one that was granted something else',
    'share processes only between containers with equal grants',
  ),
  ADMISSION_RUNTIME_CLASS: no(
    403,
    'a pod names a runtime class',
    'remove `runtimeClassName`: no profile is known to hold there',
  ),
  ADMISSION_WINDOWS: no(
    403,
    'a pod is for Windows',
    'keep Windows pods out of the namespaces of the webhook',
  ),
  ADMISSION_ANNOTATION: no(
    403,
    'an annotation tells a runtime to loosen what the pod says',
    'remove the annotation that the message names',
  ),
  ADMISSION_MIRROR: no(
    403,
    'somebody other than the kubelet of its node made a mirror pod',
    'remove the annotation kubernetes.io/config.mirror',
  ),
  ADMISSION_UNEXPRESSED: no(
    403,
    'the pod API has no words for a part of the grants',
    'list the name under `accept` of the policy, or change the grants',
  ),
  ADMISSION_UNPINNED: no(
    403,
    'the image of a pod is not pinned to the digest that was signed',
    'check that the mutating webhook of writ runs, or name the image by digest',
  ),
  ADMISSION_UNPROTECTED: no(
    403,
    'a pod lacks a protection that its grants demand',
    'check that the mutating webhook of writ runs; a running pod must be made anew',
  ),

  // runtime/
  LOOKUP_QUESTION: no(
    400,
    'a lookup lacks a parameter, or has one that makes no sense',
    'give image, namespace, arch and runtime; libseccomp and kernel are optional',
  ),
  LOOKUP_UNKNOWN: no(404, 'nobody has signed the image', 'sign it with `writ sign`'),
  LOOKUP_REFUSED: no(
    403,
    'the image is not trusted in its namespace',
    'see the reason, and the admission policy of the namespace',
  ),
  LOOKUP_STALE: no(
    503,
    'what is known of the image has expired',
    'check that the service reaches the repository, and the clock',
  ),
  LOOKUP_PROFILE: no(
    404,
    'no profile of that digest is kept',
    'look the image up again: that compiles it anew',
  ),

  // cli/
  CLI_NO_KEY: no(
    403,
    'the key store lacks keys that a role needs',
    'name the folder that holds them in the setting keys, or in WRIT_KEYS',
  ),
  CLI_NOT_SIGNED: no(
    404,
    'the image is not signed in the repository',
    'sign it with `writ sign`, or name another repository',
  ),
  CLI_FILE: no(
    400,
    'a file named on the command line cannot be read or written',
    'check its path, its permissions, its size and what is in it',
  ),
  CLI_PASSPHRASE: no(
    400,
    'no pass-phrase is given for a private key',
    'set WRIT_PASSPHRASE or WRIT_PASSPHRASE_FILE, or run it in a terminal',
  ),
  CLI_KEY_FILE: no(
    400,
    'a file or argument names no public key',
    'give a file that `writ key export` wrote, or the id of a key in the key store',
  ),
  CLI_ROOT: no(
    400,
    'a root cannot be signed or published as it is',
    'make it anew with `writ root init` or `writ root rotate`; `writ root show` says what is in it',
  ),
  CLI_DELEGATION: no(
    409,
    'a delegation cannot be made or removed as asked',
    'see `writ delegation list` for what is delegated to whom',
  ),
  CLI_PROPOSAL: no(
    409,
    'a proposal is not what the service says it is, or not the next version',
    'do not sign it: ask the person who made it, over another way than the service, for its payload',
  ),
  CLI_ANSWER: no(
    403,
    'what would be done was not confirmed',
    'read what is shown, then answer yes, or give --yes',
  ),
  CLI_PASSPHRASE_MISMATCH: no(400, 'the second writing of a pass-phrase differs from the first', 'try again'),

  // server/
  SERVER_PORT_IN_USE: no(
    500,
    'another program listens on the address',
    'stop it, or choose another address with --listen or --admission-listen',
  ),
  SERVER_LISTEN: no(500, 'the address cannot be listened on', 'choose an address of this machine'),
  SERVER_PLAIN_HTTP: no(
    500,
    'the repository would be served beyond this machine without TLS',
    'set tls.cert and tls.key, or listen on 127.0.0.1',
  ),
  SERVER_DATA: no(500, 'the data folder cannot be used', 'check --data and its permissions'),
  SERVER_TLS: no(500, 'a certificate or its key cannot be used', 'check the PEM files under tls'),
  SERVER_PATH: no(400, 'the path of a request is malformed', 'send the path without dot segments'),
  SERVER_ROUTE: no(404, 'there is nothing at this path', 'see /openapi.json for what is'),
  SERVER_BODY_TOO_LARGE: no(413, 'the body of a request is larger than the limit', 'send less at once'),
  SERVER_MEDIA_TYPE: no(415, 'the body is of a type that is not taken', 'send application/json'),
  SERVER_REQUEST: no(400, 'a request is not HTTP as it should be', 'check the client'),

  // any room
  USAGE: usage('the command line is wrong', 'see `writ COMMAND --help`'),
  INTERNAL: no(
    500,
    'a defect of writ, or a failure it did not expect',
    'report it with the output of the same command and -v',
  ),
} as const satisfies Record<string, ErrorEntry>;
