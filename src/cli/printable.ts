/** Control characters except line feed and tab, and the marks that reorder or hide text. */
const HIDDEN = /(?![\n\t])[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/**
 * `text` with everything escaped (`\u001b`) that could steer a terminal or hide in a line. Names, reasons and
 * levels come from metadata that others wrote.
 */
export const printable = (text: string): string => text.replace(HIDDEN, escaped);

/** As {@link printable}, and without line ends: what others wrote must not look like a line of ours. */
export const oneLine = (text: string): string => printable(text).replace(/[\n\t]/g, escaped);

const escaped = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
