/** Addresses of data that are not on this machine. */

/** Is it an address, such as `s3://BUCKET/KEY`, and not a path? */
export function isAddress(text: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(text);
}
