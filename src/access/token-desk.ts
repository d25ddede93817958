/** The built-in token server: who asks, what they may of what they ask for, and the token that says so. */
import type { AccessGrant, AccessRule, OwnTokens } from '../config/types.js';
import { WritError } from '../errors.js';
import type { FailedLogins } from './failures.js';
import type { Logins } from './logins.js';
import { grantedOf, type Holder } from './rules.js';
import type { ResourceActions } from './scope.js';
import type { IssuedToken, TokenIssuer } from './token-issuer.js';
import type { Password } from './token-request.js';
import type { Workloads } from './workloads.js';

export interface DeskRequest {
  /** A password, or a token of an issuer in its place. */
  readonly password: Password | undefined;
  /** A token of an issuer. */
  readonly bearer: string | undefined;
  /** The audience; empty for this service. */
  readonly service: string;
  readonly scopes: readonly ResourceActions[];
  /** Of the caller. */
  readonly address: string;
}

export interface DeskAnswer extends IssuedToken {
  readonly subject: string;
  readonly service: string;
  readonly access: readonly ResourceActions[];
}

export interface DeskPorts {
  readonly logins: Logins;
  readonly workloads: Workloads;
  readonly failures: FailedLogins;
  readonly issuer: TokenIssuer;
}

export class TokenDesk {
  readonly #settings: OwnTokens;
  readonly #ports: DeskPorts;

  constructor(settings: OwnTokens, ports: DeskPorts) {
    this.#settings = settings;
    this.#ports = ports;
  }

  /**
   * A token for what is allowed of what is asked for. Who has logged in gets one also when that is nothing; nobody does
   * not.
   *
   * @throws WritError TOKEN_MISSING when a login is needed, TOKEN_INVALID and TOKEN_EXPIRED for a bad one, ACCESS_RATE,
   *   ACCESS_REQUEST for a service that tokens are not given for, ACCESS_ISSUER, ACCESS_USERS
   */
  async answer(request: DeskRequest): Promise<DeskAnswer> {
    const service = this.#serviceOf(request);
    const { subject, grants } = await this.#holder(request);
    const access = grantedOf(grants, request.scopes);
    if (subject === '' && access.length === 0)
      throw new WritError('TOKEN_MISSING', 'a login is needed for what is asked for');
    const issued = await this.#ports.issuer.issue({ subject, service, access });
    return { ...issued, subject, service, access };
  }

  #serviceOf({ service }: DeskRequest): string {
    const own = this.#settings.service;
    if (service === '' || service === own) return own;
    if (this.#settings.services.includes(service)) return service;
    throw new WritError('ACCESS_REQUEST', 'no tokens are given for that service');
  }

  async #holder(request: DeskRequest): Promise<Holder> {
    const { password, bearer, address } = request;
    const { workloads, failures } = this.#ports;
    if (password === undefined && bearer === undefined)
      return { subject: '', grants: this.#grantsOf(undefined) };
    const name = password?.name ?? '';
    failures.check(address, name);
    try {
      const token = bearer ?? password?.password ?? '';
      if (bearer !== undefined || workloads.mayHold(token)) return await workloads.verify(token);
      return await this.#user(password ?? { name, password: '' });
    } catch (error) {
      if (error instanceof WritError && error.status === 401) failures.failed(address, name);
      throw error;
    }
  }

  async #user(password: Password): Promise<Holder> {
    if (await this.#ports.logins.verify(password))
      return { subject: password.name, grants: this.#grantsOf(password.name) };
    throw new WritError('TOKEN_INVALID', 'the name or the password is wrong');
  }

  #grantsOf(user: string | undefined): AccessGrant[] {
    return this.#settings.rules.filter(rule => this.#isFor(rule, user));
  }

  #isFor({ everybody, loggedIn, users, groups }: AccessRule, user: string | undefined): boolean {
    if (everybody) return true;
    if (user === undefined) return false;
    const { groups: members } = this.#settings;
    const inGroup = (group: string): boolean => members.get(group)?.includes(user) === true;
    return loggedIn || users.includes(user) || groups.some(inGroup);
  }
}
