/** Compares what a pod asks for explicitly with what its image was granted. */
import { ERROR_CATALOGUE } from '../errors.js';
import { quote } from '../json/quote.js';
import { sameJson } from './equal.js';
import { homeOf } from '../entitlements/homes.js';
import type { Finding } from './decision.js';
import type { Ask } from './fields/model.js';
import type { GrantedImage } from './image-decisions.js';

/**
 * @param who - whose ask it is, for people: `container "app"`; worked out only where something is wrong
 * @param peer - the image of the container whose processes an ask of kind `join` reaches
 * @returns how to say what is wrong with the ask, or undefined when it was granted
 */
export function judge(
  ask: Ask,
  image: GrantedImage,
  who: () => string,
  peer?: GrantedImage,
): (() => Finding) | undefined {
  switch (ask.kind) {
    case 'deny':
      return () => finding(ask.code, `${who()}: ${ask.field} ${ask.why}`);
    case 'grant':
      return isGranted(ask, image) ? undefined : () => excess(ask.field, ask.domain, ask.level, image, who());
    case 'capability':
      return image.settings.capabilities.includes(ask.name) ? undefined : () => capability(ask, image, who());
    case 'seccomp':
      return isSigned(ask, image) ? undefined : () => seccomp(ask, image, who());
    case 'sysctl': {
      if (image.settings.sysctls.get(ask.name) === ask.value) return undefined;
      return () => excess(ask.field, 'sysctls', `${ask.name}=${ask.value}`, image, who());
    }
    case 'join':
      return peer?.settings.intent === image.settings.intent
        ? undefined
        : () => finding('ADMISSION_SHARED_PROCESSES', shared(ask, image, who(), peer));
  }
}

/** A finding with the hint of its code. */
export function finding(code: Finding['code'], message: string, hint?: string): Finding {
  return { code, message, hint: hint ?? ERROR_CATALOGUE[code].hint };
}

function isGranted(ask: Extract<Ask, { kind: 'grant' }>, { settings }: GrantedImage): boolean {
  return settings.grants.covers(ask.domain, ask.level);
}

function excess(field: string, domain: string, level: string, image: GrantedImage, who: string): Finding {
  const { grants } = image.settings;
  if (!grants.catalogue.domains.has(domain)) {
    return finding(
      'ADMISSION_EXCESS',
      `${who}: ${field} asks for ${domain}=${quote(level)}, and the catalogue has no domain ${domain}: nobody can be granted it`,
      'remove the field',
    );
  }
  return finding(
    'ADMISSION_EXCESS',
    `${who}: ${field} asks for ${domain}=${level}, but the image ${image.vouched.pinned.toString()} is granted ${domain}=${grants.get(domain)}`,
    nextStep(image, `${domain}=${level}`),
  );
}

function capability(ask: Extract<Ask, { kind: 'capability' }>, image: GrantedImage, who: string): Finding {
  const { grants } = image.settings;
  const home = homeOf(grants.catalogue, `CAP_${ask.name}`);
  if (home?.part === undefined) {
    return finding(
      'ADMISSION_EXCESS',
      `${who}: ${ask.field} asks for the capability ${quote(ask.name)}, which no grant opens`,
      'remove it',
    );
  }
  return finding(
    'ADMISSION_EXCESS',
    `${who}: ${ask.field} asks for the capability ${ask.name}, which needs ${home.domain}=${home.part}, but the image ${image.vouched.pinned.toString()} is granted ${home.domain}=${grants.get(home.domain)}`,
    nextStep(image, `${home.domain}=${home.part}`),
  );
}

/** Whether the publisher or the policy has to move, the reader learns which. */
function nextStep({ vouched }: GrantedImage, wanted: string): string {
  const name = vouched.signedAs.toString();
  return `remove the field; or sign with the grant (\`writ sign --grant ${wanted} ${name}\`) and let the policy ${vouched.policy.name} allow it`;
}

function isSigned(ask: Extract<Ask, { kind: 'seccomp' }>, { settings }: GrantedImage): boolean {
  const asked = ask.file === undefined ? { type: ask.type } : { type: ask.type, localhostProfile: ask.file };
  return sameJson(asked, settings.seccompProfile);
}

function seccomp(ask: Extract<Ask, { kind: 'seccomp' }>, image: GrantedImage, who: string): Finding {
  const asked = ask.file === undefined ? quote(ask.type) : `${quote(ask.type)} ${quote(ask.file)}`;
  const file = image.settings.seccompProfile['localhostProfile'];
  const wanted = typeof file === 'string' ? `Localhost ${file}` : 'RuntimeDefault';
  return finding(
    'ADMISSION_SECCOMP',
    `${who}: ${ask.field} is ${asked}; the image ${image.vouched.pinned.toString()} runs under ${wanted}`,
  );
}

function shared(
  ask: Extract<Ask, { kind: 'join' }>,
  image: GrantedImage,
  who: string,
  peer: GrantedImage | undefined,
): string {
  const others = peer === undefined ? 'one that is unknown or refused' : peer.settings.grants.toString();
  return `${who}: ${ask.field} would join processes of containers with different grants (${image.settings.grants.toString()}; ${others})`;
}
