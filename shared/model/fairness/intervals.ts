import {
  type FigureIntervals,
  type GroupIntervals,
  type GroupsInput,
  groupIntervals,
} from '../../stats/simultaneous.ts';
import { normalQuantile } from '../../stats/special.ts';

/** Draws place no bound of a smaller error rate than this: of the most, fewer than 20 lie beyond it. */
const SMALLEST = 0.001;
/** Draws of which half place the bounds, so that 10 lie beyond one of error rate 1. */
const FEWEST_BEYOND = 20;

export interface Intervals extends GroupIntervals {
  /** Why the bounds may not hold their level. */
  readonly weak?: string;
}

/**
 * As `groupIntervals`, at any level: bounds beyond what draws can place, as a test set that is used often asks for, are
 * stretched from the last ones they place as a normal law's would be, which is weak.
 */
export function intervalsOf(input: GroupsInput): Intervals {
  const smallest = input.draws === undefined ? SMALLEST : Math.max(SMALLEST, FEWEST_BEYOND / input.draws);
  if (input.alpha >= smallest) return groupIntervals(input);
  const found = groupIntervals({ ...input, alpha: smallest });
  const factor = normalQuantile(input.alpha) / normalQuantile(smallest);
  return {
    ...found,
    figures: found.figures.map((figure) => stretched(figure, factor)),
    method: `${found.method}, stretched from a level of ${smallest}`,
    weak: `weak: no draws reach an error rate of ${Number(input.alpha.toPrecision(2))}`,
  };
}

function stretched({ estimate, simultaneous, ...bounds }: FigureIntervals, factor: number): FigureIntervals {
  const move = (bound: number) => estimate + factor * (bound - estimate);
  const moved = (bound: number | null) => (bound === null ? null : move(bound));
  return {
    estimate,
    simultaneous: simultaneous && [move(simultaneous[0]), move(simultaneous[1])],
    simultaneousLower: moved(bounds.simultaneousLower),
    simultaneousUpper: moved(bounds.simultaneousUpper),
    lower: moved(bounds.lower),
    upper: moved(bounds.upper),
  };
}
