import type { ByteSource } from '../ports/ports.ts';
import { readBlocks } from '../read/blocks.ts';
import type { TextOptions } from '../read/bytes.ts';
import type { Dialect } from '../read/dialect.ts';
import { folderPartitions } from '../read/partitions.ts';
import type { Again } from './second-pass.ts';

export interface RowReadOptions {
  readonly delimiter?: string | undefined;
  readonly dialect?: Dialect | undefined;
  readonly text?: TextOptions | undefined;
}

/** Reads the rows of tables as blocks, without counting them; faults are passed over. */
export function tableReader(
  sources: readonly ByteSource[],
  { delimiter, dialect, text }: RowReadOptions,
): Again {
  const partitions = folderPartitions(sources.map(({ name }) => name));
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
