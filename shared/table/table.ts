export type { Batch, Cell } from './batch.ts';
export { jsonTypeOf, toNumber } from './batch.ts';
export type { DecompressionLimits } from './decompress.ts';
export type { Dialect } from './dialect.ts';
export type { Fault, FaultKind, OnFault } from './fault.ts';
export { problemOf } from './fault.ts';
