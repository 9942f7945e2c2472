/** What is bundled into `dist/`, as a CycloneDX document: npm's own, less the packages that only develop. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';

interface Component {
  readonly name: string;
  readonly version: string;
  readonly 'bom-ref': string;
}

export interface Sbom {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

/** The packages of `dist/licenses.txt`, as `name@version`. */
export function bundledPackages(licences: string): string[] {
  const named = [...licences.matchAll(/^(?:Notice of )?\s*((?:@[\w.-]+\/)?[\w.-]+@\d[\w.+-]*) \(/gm)];
  return [...new Set(named.map(([, name = '']) => name))].sort();
}

/**
 * The part of npm's document that is bundled.
 *
 * @param full what `npm sbom` says of all packages.
 * @throws Error if a bundled package is not in it.
 */
export function bundledSbom(full: Sbom, bundled: readonly string[]): Sbom {
  const components = full.components.filter(({ name, version }) => bundled.includes(`${name}@${version}`));
  const missing = bundled.filter(
    (one) => !components.some(({ name, version }) => one === `${name}@${version}`),
  );
  if (missing.length > 0) throw new Error(`npm does not know ${missing.join(', ')}`);
  const refs = new Set([full.metadata.component, ...components].map((one) => one['bom-ref']));
  const root = full.metadata.component['bom-ref'];
  const dependencies = full.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn = [] }) => ({
      ref,
      // Everything is bundled by ml-loop itself, so nothing of it hangs in the air.
      dependsOn:
        ref === root ? components.map((one) => one['bom-ref']) : dependsOn.filter((one) => refs.has(one)),
    }));
  return { ...full, components, dependencies };
}

/** npm's account of this repository, made from the lockfile, without a time or a number of its own: bytes repeat. */
export function npmSbom(): Sbom {
  const args = ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--package-lock-only'];
  const { status, stdout, stderr } = spawnSync('npm', args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`npm sbom ended with ${status}: ${stderr}`);
  const { metadata, ...sbom } = JSON.parse(stdout) as Sbom & { metadata: { timestamp?: string } };
  const { timestamp: _, component, ...kept } = metadata;
  // npm names it by its folder.
  const named = { ...component, name: component['bom-ref'].replace(/@[^@]+$/, '') };
  const id = createHash('sha256').update(JSON.stringify(sbom.components)).digest('hex');
  const uuid = id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
  return {
    ...sbom,
    serialNumber: `urn:uuid:${uuid}`,
    metadata: { ...kept, component: named },
  } as unknown as Sbom;
}
