const MAX_SHOWN = 80;

/**
 * `text` in double quotes, escaped to printable ASCII and cut after 80 characters (`...` says so): what an
 * attacker writes must not forge a log line, reach a terminal as a control code, or hide in look-alikes.
 */
export function quote(text: string): string {
  const shown = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
  return JSON.stringify(shown).replace(/[^\x20-\x7e]/g, escape);
}

const escape = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
