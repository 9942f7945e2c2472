import { ClientHttp } from '../../../shared/host/http.ts';
import { parseMlflowAddress } from '../../../shared/registry/mlflow/address.ts';
import { mlflowRegistry } from '../../../shared/registry/mlflow/registry.ts';
import { type MlflowMemoryOptions, startMlflowMemory } from '../../support/mlflow-memory.ts';
import { REAL_CLOCK } from '../../support/oci-space.ts';
import { registryContract } from '../../support/registry-contract.ts';

const MODES: readonly (readonly [string, MlflowMemoryOptions])[] = [
  ['version 3', { major: 3, authorization: 'Bearer t', prefix: '/team/a' }],
  ['version 2, on a database that refuses rows which two runs make at once', { major: 2, racy: true }],
];

for (const [label, options] of MODES) {
  registryContract(`mlflow: ${label}`, {
    comparesAndSets: false,
    async fresh() {
      const server = await startMlflowMemory(options);
      return {
        open: () =>
          mlflowRegistry(parseMlflowAddress(`mlflow:${server.url}/`), {
            http: new ClientHttp(),
            clock: REAL_CLOCK,
            log: { info: () => {} },
            logins: { mlflow: () => ({ token: 't' }) },
          }),
        damage: ({ uri }, path, content) => {
          const number = Number(uri.slice(uri.lastIndexOf('/') + 1));
          server.store.artifacts.set(server.store.path(number, path), Buffer.from(content));
        },
        remove: () => server.close(),
      };
    },
  });
}
