/** What every policy meets, the one with gates and those without: when the story begins, and what goes wrong in it. */

/** The first model is trained on the first 8 weeks of 2011, and the first week that is judged is the 9th. */
export const FIRST_WEEKS = 8;
/** This training is given a target that was shuffled, as by a wrong join. */
export const BAD_TRAINING = 6;
/** The first release from this training on gets a build that fails on more than half of the live requests. It is repaired by the end of its first week. */
export const FAILING_RELEASE_FROM = 12;
export const FAULT = 'share:0.6';
