/** The largest document of an upload: 200,000 targets fill some 50 MB of notary-server, and hours of its clients. */
export const MAX_DOCUMENT = 16 * 1024 * 1024;
