/** A model from its store into a folder. */
import type { Log } from '../../ports/ports.ts';
import { type BundleFile, bytesIn } from '../../verdict/digest.ts';
import { fillFolder } from '../directory-files.ts';
import { Progress } from '../remote/progress.ts';

/**
 * Copies all files into an empty folder and proves them; nothing is left there otherwise.
 *
 * @param open the bytes of a file, checked.
 * @throws Unreachable once, if the store cannot be reached; UserError for other bytes.
 */
export async function copyFrom(
  model: Parameters<typeof fillFolder>[1],
  folder: string,
  open: (file: BundleFile) => AsyncIterable<Uint8Array>,
  log: Log,
): Promise<void> {
  const progress = new Progress(`Fetching ${model.name}`, bytesIn(model.files), log);
  await fillFolder(folder, model, (file) => counted(open(file), progress));
}

async function* counted(chunks: AsyncIterable<Uint8Array>, progress: Progress): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    progress.add(chunk.length);
    yield chunk;
  }
}
