/** GitHub's limits, by name. Bytes unless the name says otherwise; what goes beyond one is dropped by GitHub, often silently. */

/** A step's job summary; a larger one is not shown at all. */
export const SUMMARY_BYTES = 1024 * 1024;
/** Kept free in a summary for what other parts of the same step write. */
export const SUMMARY_RESERVE_BYTES = 16 * 1024;
/** Step summaries shown for one job. */
export const SUMMARIES_PER_JOB = 20;

/** Errors, warnings and notices a step may each make; the rest is in the log only. */
export const ANNOTATIONS_PER_LEVEL = 10;
export const ANNOTATIONS_PER_JOB = 50;
/** An annotation's message is cut here by the runner. */
export const ANNOTATION_MESSAGE_CHARACTERS = 4096;
export const ANNOTATION_TITLE_CHARACTERS = 255;

/** Annotations in one request of the Checks API; more are appended by further requests. */
export const CHECK_RUN_ANNOTATIONS_PER_REQUEST = 50;
/** The summary and the text of a check run, each: GitHub's description says characters, its server counts bytes. */
export const CHECK_RUN_TEXT_BYTES = 65_535;
/** The title and the name of a check run. */
export const CHECK_RUN_TITLE_CHARACTERS = 255;
/** The description of a commit status. */
export const STATUS_DESCRIPTION_CHARACTERS = 140;
/** The body of a comment on an issue or a pull request. */
export const COMMENT_CHARACTERS = 65_536;

/** All outputs of one job together. */
export const OUTPUT_BYTES_PER_JOB = 1024 * 1024;
/** One string of a process's environment under Linux, and so one input of an action. */
export const ENVIRONMENT_STRING_BYTES = 128 * 1024;

/** `repository_dispatch`. */
export const DISPATCH_PAYLOAD_KEYS = 10;
export const DISPATCH_PAYLOAD_CHARACTERS = 65_535;
export const DISPATCH_EVENT_TYPE_CHARACTERS = 100;

/** Requests of one `GITHUB_TOKEN` to one repository in an hour. */
export const TOKEN_REQUESTS_PER_HOUR = 1000;
/** A job on a hosted runner, in hours. */
export const JOB_HOURS = 6;
/** A cancelled job gets SIGINT, then SIGTERM after the first span, and is killed after the second. */
export const CANCEL_MILLISECONDS = { interrupt: 7500, terminate: 2500 } as const;
/** Days without activity after which schedules of a public repository stop. */
export const SCHEDULE_IDLE_DAYS = 60;
