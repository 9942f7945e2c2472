import type { Validator } from '../shape.ts';

export declare const validate: Validator;
export declare const index: Validator;
export declare const container: Validator;
export declare const platforms: Validator;
export declare const configuration: Validator;
export declare const tags: Validator;
export declare const catalog: Validator;
export declare const token: Validator;
export declare const errors: Validator;
export declare const texts: Validator;
