import type { Validator } from '../shape.ts';

export declare const validate: Validator;
export declare const files: Validator;
export declare const origin: Validator;
