/** Stores by the scheme of their addresses; each is loaded when it is asked for the first time. */
import { UserError } from '../problem/problem.ts';
import type { DataPorts, DataStore } from './store.ts';

/** @throws UserError for an address that leads to no store that is known. */
export async function openDataStore(address: string, ports: DataPorts): Promise<DataStore> {
  switch (schemeOf(address)) {
    case 'http':
    case 'https':
      return (await import('./https.ts')).httpsStore(ports);
    case 's3':
      return (await import('./s3.ts')).s3Data(ports);
    case 'gs':
      return (await import('./gs.ts')).gsStore(ports);
    case 'az':
      return (await import('./az.ts')).azStore(ports);
    default:
      throw new UserError({
        what: `${schemeOf(address)}: is not a place that data are read from`,
        where: address.replace(/\/\/[^/]*@/, '//…@'),
        fix: 'write a path, or an address of https:, s3:, gs: or az: (see docs/remote-data.md)',
      });
  }
}

/** `s3` of `s3://BUCKET/KEY`. */
export function schemeOf(address: string): string {
  return (/^([a-z][a-z0-9+.-]+):/i.exec(address)?.[1] ?? '').toLowerCase();
}
