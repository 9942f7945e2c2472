import type { Validator } from '../shape.ts';

export declare const validate: Validator;
