import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{DiskFiles}from"./chunk-KY4GL5BB.mjs";import"./chunk-QAZE62T3.mjs";import"./chunk-J4PLLOSM.mjs";import"./chunk-YN3FKQ27.mjs";import"./chunk-RHMDXNSK.mjs";import"./chunk-VX6SFRD2.mjs";import"./chunk-C6XZOF7D.mjs";import"./chunk-HYIYKQVP.mjs";export{DiskFiles};
