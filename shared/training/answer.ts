import type { FileElsewhere } from '../ports/ports.ts';
import { UserError } from '../problem/problem.ts';
import { validate } from '../schema/generated/training-answer.js';
import { shapeReader } from '../schema/shape.ts';

/** What a training command, or a poll command, answers (`schemas/training-answer.schema.json`). */
export interface TrainingAnswer {
  readonly status: 'trained' | 'submitted' | 'running' | 'failed';
  readonly job?: string;
  readonly model?: string;
  readonly digest?: string;
  readonly profile?: FileElsewhere;
  readonly predictions?: FileElsewhere;
  readonly reason?: string;
}

/** What a command that ends with 0 and writes nothing says. */
export const TRAINED: TrainingAnswer = { status: 'trained' };

const readShape = shapeReader<TrainingAnswer>(validate);

/** @throws UserError with everything that is wrong with it. */
export function readAnswer(text: string, file: string): TrainingAnswer {
  const shaped = readShape(text, file);
  if ('value' in shaped) return shaped.value;
  const fix = 'write what docs/files.md shows, such as {"status": "submitted", "job": "demand-17"}';
  throw new UserError(shaped.problems.map((problem) => ({ ...problem, fix })));
}
