/** Addresses with `*`, which are found among those that begin with what stands before it. */
import picomatch from 'picomatch';
import { schemeOf } from './open.ts';

/** What all matches begin with, and which they are; undefined for an address of one file. */
export function patternOf(address: string) {
  const scheme = schemeOf(address);
  // In addresses of the web these are characters like others, but no file there is named by a star.
  const magic = scheme.startsWith('http') ? /\*/ : /[*?{}[\]!()]/;
  const at = address.search(magic);
  if (at < 0) return undefined;
  const bare = (text: string) => text.slice(scheme.length + '://'.length);
  const matches = picomatch(bare(address));
  return {
    prefix: address.slice(0, at),
    // A name may itself have such characters.
    matches: (found: string) => found === address || matches(bare(found)),
  };
}
