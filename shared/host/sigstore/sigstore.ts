import type { Sigstore } from '../../ports/ports.ts';

/**
 * Sigstore's servers, by its own library, which is loaded when it is first used.
 *
 * @param temporary gives an empty folder.
 */
export function openSigstore(temporary: () => Promise<string>): Sigstore {
  return {
    sign: async (statement, token, services) => {
      const { signStatement } = await import('./sign.ts');
      return signStatement(statement, token, services);
    },
    trustedRoot: async (of) => {
      const { REPOSITORIES, trustedRootFrom } = await import('./trusted-root.ts');
      return trustedRootFrom(REPOSITORIES[of], await temporary());
    },
  };
}
