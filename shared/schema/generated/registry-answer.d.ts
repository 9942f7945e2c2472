import type { Validator } from '../shape.ts';

export declare const validate: Validator;
export declare const models: Validator;
export declare const versions: Validator;
export declare const aliases: Validator;
export declare const stored: Validator;
export declare const moved: Validator;
export declare const done: Validator;
