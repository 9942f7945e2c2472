import { parseReference } from './reference.ts';
import type { ModelStore, StorePorts } from './store.ts';

/** @param where what the reference was read from, such as `input model`. @throws UserError as `parseReference`. */
export async function openStore(text: string, where: string, ports: StorePorts): Promise<ModelStore> {
  const reference = parseReference(text, where);
  switch (reference.store) {
    case 's3':
      return (await import('./s3.ts')).s3Store(reference, ports);
    case 'hf':
      return (await import('./hf.ts')).hfStore(reference, where, ports);
    default:
      return (await import('./oci.ts')).ociStore(reference, where, ports);
  }
}
