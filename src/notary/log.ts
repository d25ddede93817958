/** What happens beside the result of an operation: the caller shows it, or not. */
export type NotaryLevel = 'debug' | 'info' | 'warning' | 'error';

/** Takes one message, a sentence without control characters that came from the server. */
export type NotaryLog = (level: NotaryLevel, message: string) => void;
