import type { Validator } from '../shape.ts';

export declare const validate: Validator;
export declare const asset: Validator;
export declare const assets: Validator;
export declare const release: Validator;
export declare const releases: Validator;
export declare const object: Validator;
export declare const refs: Validator;
export declare const blob: Validator;
