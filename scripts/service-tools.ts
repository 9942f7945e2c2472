/** The real servers that `npm run test:services` tests against, and the clients that read back what ml-loop wrote. */
import type { GoTool } from './go-tool.ts';

/** The registry of the CNCF, as `registry:3` runs it. */
export const DISTRIBUTION: GoTool = {
  path: 'github.com/distribution/distribution/v3/cmd/registry',
  version: 'v3.0.0',
};

/** A client of registries that is not ours. */
export const CRANE: GoTool = { path: 'github.com/google/go-containerregistry/cmd/crane', version: 'v0.22.1' };

/** Another one, which knows artifacts and what refers to them. */
export const ORAS: GoTool = { path: 'oras.land/oras/cmd/oras', version: 'v1.3.6' };

export const SERVICE_TOOLS: readonly GoTool[] = [DISTRIBUTION, CRANE, ORAS];
