/** What of the options decides how a model's fields are read. */
export interface ReadingOptions {
  readonly positiveLabel?: string | undefined;
  /** All classes (or labels, if a row may have several), if the user tells them; else they are those of the labels. */
  readonly classes?: readonly string[] | undefined;
  /** Classes that the contract lists, which count beside those of the labels if one of these is among them. */
  readonly moreClasses?: readonly string[] | undefined;
  /** Is a score outside of [0, 1] a fault, because a metric that is judged takes it for a probability? */
  readonly probabilities: boolean;
  /** What stands between the labels of a row that has several; without it they are a JSON list. */
  readonly labelDelimiter?: string | undefined;
  /** Does every metric read numbers of the models' files only, so that neither labels nor predictions are needed? */
  readonly numbersOnly?: boolean | undefined;
}
