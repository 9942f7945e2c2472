import type { ByteSource, Threads } from '../ports/ports.ts';
import { UserError } from '../problem/problem.ts';
import type { ProfiledRows } from '../profile/profiler.ts';
import type { TextOptions } from '../read/bytes.ts';
import { detectFile } from '../read/detect.ts';
import type { Dialect } from '../read/dialect.ts';
import { isDelimited } from '../read/names.ts';
import type { Check } from '../verdict/verdict.ts';

export interface ProfileOptions {
  readonly text?: TextOptions | undefined;
  readonly delimiter?: string | undefined;
  /** How the files are written, if that is said; else their beginning shows it. */
  readonly dialect?: Dialect | undefined;
  /** What inputs say of it, before what the beginning shows. */
  readonly said?: Dialect | undefined;
  /** Texts that stand for a missing value in columns of which the dialect names none. */
  readonly missing?: readonly string[] | undefined;
  readonly threads?: Threads | undefined;
}

/** Profiles a table by the bytes of its files. @throws UserError as readers do. */
export async function profileFiles(
  sources: readonly ByteSource[],
  options: ProfileOptions = {},
): Promise<ProfiledRows> {
  const { delimiter, threads } = options;
  const { encoding, ...own } = options.dialect ?? (await detectedDialect(sources, options));
  const dialect = { ...own, ...(options.missing === undefined ? {} : { missingElsewhere: options.missing }) };
  const text = encoding === undefined ? options.text : { ...options.text, encoding };
  const { scanTables } = await import('./scan.ts');
  const { profiled, checked } = await scanTables(sources, {
    ...{ maxLocations: 20, samples: 'hide', threads, text, delimiter, dialect },
  });
  const broken = checked.checks.filter(({ status }) => status === 'fail');
  if (broken.length > 0) throw new UserError(broken.map(problemOf));
  return profiled;
}

/** How the files are written, by the first one. @throws UserError for numbers that can be read in two ways. */
export async function detectedDialect(
  [first]: readonly ByteSource[],
  { text, said = {} }: Pick<ProfileOptions, 'text' | 'said'>,
): Promise<Dialect> {
  if (first === undefined || !isDelimited(first.name)) return said;
  const { dialect, doubt } = await detectFile(first, text, said);
  if (doubt?.open === true) throw new UserError({ what: doubt.message, where: first.name, fix: doubt.fix });
  return { ...dialect, ...said };
}

/** Without a contract, only what is wrong with the files themselves fails. */
function problemOf({ message, fix, locations }: Check) {
  const [first] = locations ?? [];
  const where = first === undefined ? undefined : `${first.file}:${first.line ?? 1}`;
  return {
    what: message,
    ...(where === undefined ? {} : { where }),
    ...(fix === undefined ? {} : { fix }),
  };
}
