/** The largest document of an upload: 200,000 targets fill some 50 MB of notary-server, and hours of its clients. */
export const MAX_DOCUMENT = 16 * 1024 * 1024;

/**
 * How many versions an upload may leave out. Versions end at 2^31 − 1, and a repository that is there can be published
 * to no more: nobody gets it there by one upload, or by thousands.
 */
export const MAX_SKIPPED = 65_536;
