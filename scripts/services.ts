/**
 * `npm run test:services`: the tests in test/services, against real servers on this machine. What they need is installed
 * first, pinned, into `.cache/`. If a program cannot be installed, its tests are skipped and that is said plainly, except
 * in CI, which skips nothing.
 */
import { installGoTool } from './go-tool.ts';
import { runJest } from './jest.ts';
import { SERVICE_TOOLS } from './service-tools.ts';

const missing = SERVICE_TOOLS.filter((tool) => {
  const start = Date.now();
  const installed = installGoTool(tool);
  const seconds = Math.round((Date.now() - start) / 1000);
  if (installed && seconds > 0) console.log(`built ${tool.path} ${tool.version} in ${seconds} s`);
  return !installed;
});
for (const { path, version } of missing) {
  const skipped = process.env.CI ? '' : ' The tests that need it are skipped.';
  console.error(`${path} ${version} could not be built: Go and its module proxy are needed.${skipped}`);
}
if (missing.length > 0 && process.env.CI) process.exit(1);
const inServices = ['--testPathIgnorePatterns=/node_modules/', '--roots=<rootDir>/test/services'];
process.exit(await runJest([...process.argv.slice(2), ...inServices]));
