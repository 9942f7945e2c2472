import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{Slices,groupColumns}from"./chunk-4S3JLMPA.mjs";import"./chunk-PNM7WVAG.mjs";import"./chunk-QTPQ67UG.mjs";import"./chunk-JK73MYD5.mjs";import"./chunk-34F4LAAD.mjs";import"./chunk-IAEMMF24.mjs";import"./chunk-5FX5M24N.mjs";import"./chunk-6M73EWZI.mjs";export{Slices,groupColumns};
