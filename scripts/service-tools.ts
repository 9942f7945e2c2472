/** The real servers that `npm run test:services` tests against, and the clients that read back what ml-loop wrote. */
import type { GoTool } from './go-tool.ts';
import type { NpmTool } from './npm-tool.ts';
import type { PythonTool } from './python-tool.ts';

/** The registry of the CNCF, as `registry:3` runs it. */
export const DISTRIBUTION: GoTool = {
  path: 'github.com/distribution/distribution/v3/cmd/registry',
  version: 'v3.0.0',
};

/** A client of registries that is not ours. */
export const CRANE: GoTool = { path: 'github.com/google/go-containerregistry/cmd/crane', version: 'v0.22.1' };

/** Another one, which knows artifacts and what refers to them. */
export const ORAS: GoTool = { path: 'oras.land/oras/cmd/oras', version: 'v1.3.6' };

/** MLflow's own server and client, the last of each major version. */
export const MLFLOW_3: PythonTool = { package: 'mlflow-skinny', version: '3.17.2' };
export const MLFLOW_2: PythonTool = { package: 'mlflow-skinny', version: '2.22.5' };

/** S3 that is not ours: it checks signatures with botocore, and permissions by IAM policies. */
export const MOTO: PythonTool = { package: 'moto', version: '5.2.5' };

/** Google Cloud Storage that is not Google's: it does not ask who wants something. */
export const FAKE_GCS: GoTool = { path: 'github.com/fsouza/fake-gcs-server', version: 'v1.56.1' };

/** Azure Blob Storage as Microsoft emulates it: it checks signatures. */
export const AZURITE: NpmTool = { name: 'azurite', version: '3.35.0', script: 'dist/src/blob/main.js' };

/** A verifier of Sigstore bundles that is not ours, by the library that GitHub's command line uses. */
export const SIGSTORE_GO: GoTool = {
  path: 'github.com/sigstore/sigstore-go/examples/sigstore-go-verification',
  version: 'v1.1.3',
};

/** Reads models in git's tags. */
export const GTO: PythonTool = { package: 'gto', version: '1.10.1' };

export const GO_TOOLS: readonly GoTool[] = [DISTRIBUTION, CRANE, ORAS, SIGSTORE_GO, FAKE_GCS];
export const NPM_TOOLS: readonly NpmTool[] = [AZURITE];
export const PYTHON_TOOLS: readonly PythonTool[] = [MLFLOW_3, MLFLOW_2, MOTO, GTO];
