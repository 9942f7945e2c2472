/**
 * `npm run simulate`: measures the error rates of the statistical gates, by the functions that the actions call, and
 * writes the tables into docs/error-rates.md. Seeded: the same code gives the same figures. With names as arguments only
 * those parts are run (`npm run simulate -- canary`). The part `kills` is about files, and runs `dist`; `proposals` takes
 * packages with data from PyPI.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const rates = () => import('./simulate/rates.ts');

const PARTS: Readonly<Record<string, () => Promise<() => string>>> = {
  features: async () => (await import('./simulate/features.ts')).features,
  paired: async () => (await import('./simulate/paired.ts')).paired,
  ratio: async () => (await import('./simulate/ratio.ts')).ratio,
  betting: async () => (await import('./simulate/betting.ts')).betting,
  means: async () => (await import('./simulate/means.ts')).means,
  losses: async () => (await import('./simulate/losses.ts')).lossTables,
  clips: async () => (await import('./simulate/clips.ts')).clips,
  r2: async () => (await import('./simulate/resampled-margin.ts')).r2Tables,
  quantiles: async () => (await import('./simulate/quantiles.ts')).quantileTables,
  calibration: async () => (await import('./simulate/resampled-margin.ts')).calibrationTables,
  'average-precision': async () => (await import('./simulate/resampled-margin.ts')).averagePrecisionTables,
  'auc-margin': async () => (await import('./simulate/losses.ts')).aucTables,
  clusters: async () => (await import('./simulate/losses.ts')).clusterTables,
  'rates-f1': async () => (await rates()).ratesOf.bind(undefined, 'f1'),
  'rates-recall': async () => (await rates()).ratesOf.bind(undefined, 'recall'),
  'rates-precision': async () => (await rates()).ratesOf.bind(undefined, 'precision'),
  'rates-balanced-accuracy': async () => (await rates()).ratesOf.bind(undefined, 'balanced_accuracy'),
  'rates-mcc': async () => (await rates()).ratesOf.bind(undefined, 'matthews_corrcoef'),
  'rates-power': async () => (await import('./simulate/rates-power.ts')).ratesPower,
  'losses-power': async () => (await import('./simulate/losses-power.ts')).lossesPower,
  auc: async () => (await import('./simulate/auc.ts')).auc,
  roots: async () => (await import('./simulate/resampling.ts')).roots,
  resampling: async () => (await import('./simulate/resampling.ts')).resampling,
  reuse: async () => (await import('./simulate/reuse.ts')).reuse,
  groups: async () => (await import('./simulate/groups.ts')).groups,
  'groups-mae': async () => (await import('./simulate/groups.ts')).groupsOfErrors,
  canary: async () => (await import('./simulate/canary.ts')).canary,
  performance: async () => (await import('./simulate/performance.ts')).performance,
  proposals: async () => {
    const table = await (await import('./simulate/proposals.ts')).proposals();
    return () => table;
  },
  kills: async () => {
    const table = await (await import('./simulate/kills.ts')).kills();
    return () => table;
  },
};

const STATISTICS = 'docs/error-rates.md';
/** Parts that are about no statistic. */
const OTHERS: Readonly<Record<string, string>> = { kills: 'docs/disk.md', proposals: 'docs/contracts.md' };
const END = '<!-- /written -->';

function replaced(file: string, part: string, tables: string): string {
  const text = readFileSync(file, 'utf8');
  const start = `<!-- written by \`npm run simulate\`: ${part} -->`;
  const from = text.indexOf(start);
  const to = text.indexOf(END, from);
  if (from === -1 || to === -1) throw new Error(`${file} has no place for ${part}`);
  return `${text.slice(0, from)}${start}\n\n${tables}\n\n${text.slice(to)}`;
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((part) => !Object.hasOwn(PARTS, part));
if (unknown.length > 0) {
  console.error(`there is no ${unknown.join(', ')}; known: ${Object.keys(PARTS).join(', ')}`);
  process.exit(2);
}
for (const [part, load] of Object.entries(PARTS)) {
  if (wanted.length > 0 && !wanted.includes(part)) continue;
  const simulate = await load();
  const before = process.cpuUsage();
  const tables = simulate();
  const { user, system } = process.cpuUsage(before);
  console.log(`${part}: ${((user + system) / 1e6).toFixed(0)} s of CPU`);
  const file = OTHERS[part] ?? STATISTICS;
  writeFileSync(file, replaced(file, part, tables));
}
