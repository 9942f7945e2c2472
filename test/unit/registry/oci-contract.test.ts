import { ClientHttp } from '../../../shared/host/http.ts';
import { parseOciAddress } from '../../../shared/registry/oci/address.ts';
import { ociRegistry } from '../../../shared/registry/oci/registry.ts';
import { type OciRegistryOptions, startOciRegistry } from '../../support/oci-registry.ts';
import { REAL_CLOCK } from '../../support/oci-space.ts';
import { registryContract } from '../../support/registry-contract.ts';

const MODES: readonly (readonly [string, OciRegistryOptions])[] = [
  ['without a list of referrers', { deletes: true, page: 7 }],
  [
    'with tokens, referrers and storage elsewhere',
    {
      referrers: true,
      deletes: true,
      redirects: true,
      login: { user: 'u', password: 'p', scheme: 'bearer', uses: 25 },
    },
  ],
];

for (const [label, options] of MODES) {
  registryContract(`oci: ${label}`, {
    comparesAndSets: false,
    async fresh() {
      const server = await startOciRegistry({ clock: REAL_CLOCK, ...options });
      const login = options.login;
      return {
        open: () =>
          ociRegistry(parseOciAddress(`oci://${server.host}/acme/models`), {
            http: new ClientHttp(),
            clock: REAL_CLOCK,
            log: { info: () => {} },
            logins: { of: async () => login, mask: () => {} },
          }),
        damage: ({ name, files }, path, content) => {
          const { sha256 = '' } = files.find((file) => file.path === path) ?? {};
          server.store.repo(`acme/models/${name}`).blobs.set(`sha256:${sha256}`, Buffer.from(content));
        },
        remove: () => server.close(),
      };
    },
  });
}
