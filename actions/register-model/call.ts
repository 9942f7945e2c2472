import type { Ports } from '../../shared/ports/ports.ts';
import type { Registry } from '../../shared/registry/registry.ts';
import type { Inputs } from './inputs.ts';

/** The inputs of an operation, and what it works on. */
export interface OperationCall {
  readonly name: string;
  readonly inputs: Inputs;
  readonly registry: Registry;
  readonly ports: Ports;
}
