import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{Slices,groupColumns}from"./chunk-T3W4UJJB.mjs";import"./chunk-3NQH6DIH.mjs";import"./chunk-QTPQ67UG.mjs";import"./chunk-RSUIDJN2.mjs";import"./chunk-34F4LAAD.mjs";import"./chunk-IAEMMF24.mjs";import"./chunk-ZSYHTIFJ.mjs";import"./chunk-6M73EWZI.mjs";export{Slices,groupColumns};
