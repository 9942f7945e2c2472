import type { Validator } from '../shape.ts';

export declare const validate: Validator;
export declare const failure: Validator;
export declare const experiment: Validator;
export declare const run: Validator;
export declare const loggedModel: Validator;
export declare const versions: Validator;
export declare const registeredModel: Validator;
export declare const listing: Validator;
export declare const note: Validator;
