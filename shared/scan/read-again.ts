import type { Source } from '../ports/ports.ts';
import type { TextOptions } from '../table/bytes.ts';
import type { Dialect } from '../table/dialect.ts';
import { readBlocks } from './blocks.ts';
import { partitionsOf } from './partitions.ts';
import type { Again } from './second-pass.ts';

export interface ReadOptions {
  readonly delimiter?: string | undefined;
  readonly dialect?: Dialect | undefined;
  readonly text?: TextOptions | undefined;
}

/** Reads the rows of tables as blocks, without counting them; faults are passed over. */
export function readerOf(sources: readonly Source[], { delimiter, dialect, text }: ReadOptions): Again {
  const partitions = partitionsOf(sources.map(({ name }) => name));
  return async (onBlock) => {
    let before = 0;
    let enough = false;
    for (const [fileIndex, source] of sources.entries()) {
      await readBlocks(source, {
        ...{ delimiter, dialect, text, partition: partitions?.[fileIndex], onFault: () => {} },
        onBlock: (block, columns, separator) => {
          const answer = onBlock({ block, columns, file: source.name, fileIndex, before, separator });
          before += block.rows;
          enough = answer === 'enough';
          return answer;
        },
      });
      if (enough) return;
    }
  };
}
