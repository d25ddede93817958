export interface Address {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

/** Files with a PEM certificate chain and its private key. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** One pinned root: a repository, where it is served, and the root that it must start from. */
export interface TrustEntry {
  readonly name: string;
  /** Base URL of the repository: `<service>/tuf/<repository>`. One of `url` and `folder` is given. */
  readonly url: string | undefined;
  readonly folder: string | undefined;
  /** File of the trusted root. One of `root` and `sha256` is given. */
  readonly root: string | undefined;
  /** Lower-case hex SHA-256 of the bytes of the trusted root, fetched as `1.root.json`. */
  readonly sha256: string | undefined;
}

/** The signer of another process, as the service calls it. */
export interface SignerClient {
  /** Base URL, https. */
  readonly url: string;
  /** The authority that vouches for the signer; without it, those of the system. */
  readonly ca: string | undefined;
  /** What the service proves itself with. */
  readonly tls: TlsFiles;
}

/** A running notary-signer that keeps its keys. */
export interface NotarySignerAddress {
  readonly address: Address;
  /** The authority that vouches for it; without it, those of the system. */
  readonly ca: string | undefined;
  /** What the service proves itself with; both or neither. */
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** `writ serve-signer` itself. */
export interface SignerService {
  readonly listen: Address;
  readonly tls: TlsFiles | undefined;
  /** Authorities of client certificates. */
  readonly clientCa: string | undefined;
  /** Common names that may have something signed. */
  readonly clientNames: readonly string[];
  readonly maxPerMinute: number;
}

export interface RemapRule {
  readonly from: string;
  readonly to: string;
}

/** Tokens of a token server outside, as Docker's registry takes them. */
export interface OutsideTokens {
  readonly type: 'token';
  /** Where clients get tokens: an http or https URL. */
  readonly realm: string;
  /** The audience of the tokens. */
  readonly service: string;
  readonly issuer: string;
  /** File of certificates that the chain of a token may lead to. */
  readonly rootCertBundle: string | undefined;
  /** File of public keys. */
  readonly publicKeys: string | undefined;
  /** File or URL of a set of keys. */
  readonly jwks: string | undefined;
  /** Authorities for that URL, PEM; without them those of the system. */
  readonly jwksCa: string | undefined;
  /** Whether reading needs no token. */
  readonly anonymousPull: boolean;
}

/** What may be done on which repositories. */
export interface AccessGrant {
  /** Patterns: `*` within one component of a name, `**` for one or more components. */
  readonly repositories: readonly string[];
  /** `pull`, `push`; `*` for all, deleting and rotating keys too. */
  readonly allow: readonly string[];
}

/** Who it is that may: any of them. */
export interface AccessRule extends AccessGrant {
  readonly users: readonly string[];
  readonly groups: readonly string[];
  /** All who log in with a password. */
  readonly loggedIn: boolean;
  /** All, without a login too. */
  readonly everybody: boolean;
}

/** What a token of an issuer must say so that its holder may. */
export interface ClaimRule extends AccessGrant {
  /** By the name of the claim; `*` stands for any characters. All of them must be met. */
  readonly claims: ReadonlyMap<string, string>;
}

export interface OidcIssuer {
  /** Of the claim `iss`, and where the issuer describes itself. */
  readonly issuer: string;
  /** Of the claim `aud`. */
  readonly audience: string;
  /** File or URL of its keys; without it, what the issuer says. */
  readonly jwks: string | undefined;
  /** Authorities of the issuer's server, PEM; without them those of the system. */
  readonly ca: string | undefined;
  readonly rules: readonly ClaimRule[];
}

/** Tokens that the service itself gives to users and to holders of tokens of issuers. */
export interface OwnTokens {
  readonly type: 'builtin';
  /** The audience of tokens for this service. */
  readonly service: string;
  /** Other services that tokens are given for, such as registries. */
  readonly services: readonly string[];
  readonly issuer: string;
  /** Where clients get tokens; without it, at the host that they ask. */
  readonly realm: string | undefined;
  readonly lifetimeSeconds: number;
  /** File of `user:bcrypt` lines. */
  readonly htpasswd: string | undefined;
  /** Hashes of bcrypt by user. */
  readonly users: ReadonlyMap<string, string>;
  /** Users by group. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  readonly rules: readonly AccessRule[];
  readonly oidc: readonly OidcIssuer[];
}

export type NotaryAuth = OutsideTokens | OwnTokens;

export type AuthMode = 'token' | 'loopback';
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** The effective settings: every path absolute, every default filled in. */
export interface Config {
  /** Base URL of the service that the CLI talks to, without a slash at the end. */
  readonly server: string;
  /** The bearer token of WRIT_TOKEN; never printed. See `readToken`. */
  readonly token: string | undefined;
  readonly tokenFile: string | undefined;
  /** Its first line opens the keys of the key store. */
  readonly passphraseFile: string | undefined;
  readonly pkcs11: {
    /** The library that drives tokens. */
    readonly module: string | undefined;
    /** Its first line is the PIN. */
    readonly pinFile: string | undefined;
    /** URIs of keys that are at hand as those of the key store are. */
    readonly keys: readonly string[];
  };
  readonly data: string;
  readonly state: string;
  readonly keys: string;
  readonly listen: Address;
  readonly admissionListen: Address;
  readonly metricsListen: Address | undefined;
  readonly tls: TlsFiles | undefined;
  readonly admission: {
    readonly tls: TlsFiles | undefined;
    /** Authorities of client certificates; without one the admission listener asks for none. */
    readonly clientCa: string | undefined;
    /** Common names that may call; empty means any that the authority vouches for. */
    readonly clientNames: readonly string[];
  };
  readonly auth: { readonly mode: AuthMode };
  readonly notary: {
    /** Who may do what on the Notary wire; undefined: everybody reads, and tokens of `writ token issue` write. */
    readonly auth: NotaryAuth | undefined;
    /** Of new keys of the service. */
    readonly keyAlgorithm: 'ecdsa' | 'ed25519';
    /** Makes and holds the keys of the service in Notary repositories. */
    readonly signer: NotarySignerAddress | undefined;
    /** What the names of repositories begin with, each with a slash at its end; empty: any name. */
    readonly gunPrefixes: readonly string[];
    /** Seconds that caches may keep documents: the current ones, and those asked for by hash or version. */
    readonly maxAge: { readonly current: number; readonly consistent: number };
  };
  /** Holds the online keys instead of the service. */
  readonly signer: SignerClient | undefined;
  readonly serveSigner: SignerService;
  readonly trust: readonly TrustEntry[];
  /** A folder of domains and presets that the organisation adds to the catalogue. */
  readonly catalogue: string | undefined;
  /** Files, or folders of files. */
  readonly policies: readonly string[];
  readonly remap: readonly RemapRule[];
  readonly log: { readonly level: LogLevel };
  readonly expiries: {
    readonly timestampHours: number;
    readonly snapshotDays: number;
    readonly supersededDays: number;
  };
  /** A service that makes its own keys and says so at every start. */
  readonly development: boolean;
  /** Whether `listen` may be plain HTTP for other machines too. No setting: files of notary-server mean it so. */
  readonly plainHttp: boolean;
  /** What the file says that has no effect here, one sentence each. */
  readonly warnings: readonly string[];
}

export type OriginSource = 'default' | 'file' | 'environment' | 'flag';

export interface Origin {
  readonly source: OriginSource;
  /** `--listen`, `WRIT_LISTEN`, `/etc/writ/writ.yaml:7`, or empty for a default. */
  readonly where: string;
}

export interface LoadedConfig {
  readonly config: Config;
  /** By setting, dotted: `listen`, `admission.tls.cert`. Every setting has one. */
  readonly origins: ReadonlyMap<string, Origin>;
}

export interface ConfigSources {
  /** The file of `--config`; it must exist. Without it: WRIT_CONFIG, else `$XDG_CONFIG_HOME/writ/writ.yaml` if there. */
  readonly file?: string | undefined;
  /** A configuration file of notary-server in its place. */
  readonly notaryFile?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Parsed flags by name without dashes (`admission-listen`); names that are no setting are ignored. */
  readonly flags: Readonly<Record<string, unknown>>;
}

/** A configuration file that its schema accepts. */
export interface ConfigFile {
  /** Absolute. */
  readonly path: string;
  /** The value at a dotted name, or undefined. */
  value(name: string): unknown;
  /** The line, from 1, of what stands at `keys`, or of the nearest thing around it. */
  line(keys: readonly (string | number)[]): number;
  /** True for a file of notary-server, which serves plain http anywhere when it names no certificate. */
  readonly plainHttp?: boolean;
  /** What of it has no effect, or another one than its author thought of; one sentence each. */
  readonly warnings?: readonly string[];
}
