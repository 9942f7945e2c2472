import { startGitHubServer } from '../../support/github-server.ts';
import { gitHubRegistryOn } from '../../support/github-space.ts';
import { REAL_CLOCK } from '../../support/oci-space.ts';
import { usePromptTimers } from '../../support/prompt-timers.ts';
import { registryContract } from '../../support/registry-contract.ts';

usePromptTimers();

registryContract('github:', {
  comparesAndSets: true,
  async fresh() {
    const server = await startGitHubServer();
    return {
      open: () => gitHubRegistryOn(server, { clock: REAL_CLOCK }),
      damage: ({ name, version }, path, content) => {
        const release = server.releases.all.find(({ tag_name }) => tag_name === `${name}@v${version}`);
        const asset = release?.assets.find((each) => each.name === path.replaceAll('/', '.'));
        if (asset === undefined) throw new Error(`there is no asset for ${path}`);
        asset.bytes = Buffer.from(content);
      },
      remove: () => server.close(),
    };
  },
});
