import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{STATUSES,severity}from"./chunk-37CAG54N.mjs";import{grouped}from"./chunk-FUT5RMFR.mjs";var MARKS={pass:"✅",warn:"⚠️",inconclusive:"❔",fail:"❌"};function formatNumber(value){if(!Number.isFinite(value))return value===1/0?"∞":value===-1/0?"−∞":"undefined";let size=Math.abs(value);if(size!==0&&(size<1e-4||size>=1e12))return minus(trim(value.toExponential(3)));let text=Number.isInteger(value)||size>=1e3?Math.round(value).toString():trim(value.toPrecision(4));return minus(size<1e4?text:grouped(Math.round(value)))}function trim(text){return text.replace(/(\.\d*?)0+(e|$)/,"$1$2").replace(/\.(e|$)/,"$1")}function minus(text){return text.replaceAll("-","−").replace("e+","e")}function percent(share){return`${formatNumber(Math.round(share*1e3)/10)} %`}function count(n,noun,plural=`${noun}s`){return`${formatNumber(n)} ${n===1?noun:plural}`}function formatEstimate(estimate,interval){let parts=estimate===void 0?[]:[formatNumber(estimate)];return interval!==void 0&&parts.push(`[${formatNumber(interval[0]??-1/0)}, ${formatNumber(interval[1]??1/0)}]`),parts.join(" ")}function evidenceLines(evidence){let{estimate,interval,margin,threshold,n,needed,binding,level,method}=evidence,lines=[formatEstimate(estimate,interval)],size=[margin===void 0?"":`margin ${formatNumber(margin)}`,threshold===void 0?"":`limit ${formatNumber(threshold)}`,n===void 0?"":`n ${formatNumber(n)}`,needed===void 0?"":`${formatNumber(needed)} needed`],how=[method??"",level===void 0?"":`level ${formatNumber(level)}`,binding==="declared"?"declared evidence":binding==="bound"?"bound evidence":""];return lines.push(...[size,how].map(parts=>parts.filter(part=>part!=="").join(", "))),lines.filter(line=>line!=="")}function targetParts(check){let{column,slice,metric}=check.target??{},named=metric!==void 0&&check.id.endsWith(`.${metric}`);return[column,named?void 0:metric,slice].filter(part=>typeof part=="string"&&part!=="")}function findingText({target,message}){let front=`${target?.metric}: `;return message.startsWith(front)?message.slice(front.length):message}function shortDigest(subject){return subject.digest.slice(0,19)}function formatDate(iso){let date=new Date(iso);return Number.isNaN(date.getTime())?iso:`${date.toISOString().slice(0,16).replace("T"," ")} UTC`}function clip(text,length){return text.length<=length?text:`${text.slice(0,Math.max(0,length-1)).replace(/[\ud800-\udbff]$/,"")}…`}function oneLine(value){return typeof value=="number"?formatNumber(value):typeof value=="string"?value:JSON.stringify(value)}function mostSevereFirst(checks){return[...checks].sort((a,b)=>severity(b.status)-severity(a.status))}function tally(checks){return[...STATUSES].reverse().map(status=>[checks.filter(check=>check.status===status).length,status]).filter(([n])=>n>0).map(([n,status])=>`${formatNumber(n)} ${status}`).join(", ")}function lineRuns(locations){let files=new Map;for(let{file,line}of locations){let lines=files.get(file)??new Set;files.set(file,line===void 0?lines:lines.add(line))}return[...files].flatMap(([file,lines])=>lines.size===0?[{file}]:runsOf(file,lines))}function runsOf(file,lines){let runs=[];for(let line of[...lines].sort((a,b)=>a-b)){let last=runs.at(-1);last!==void 0&&line===last.end+1?last.end=line:runs.push({file,start:line,end:line})}return runs}function runText(run){return run.start===void 0?"":run.end===void 0||run.end===run.start?`${run.start}`:`${run.start}-${run.end}`}function placesText(check,limit){let locations=check.locations??[],shown=lineRuns(locations).slice(0,limit),files=new Map;for(let run of shown)files.set(run.file,[...files.get(run.file)??[],runText(run)]);let hidden=locations.filter(place=>!shown.some(run=>covers(run,place))).length;return{files:[...files].map(([file,texts])=>texts[0]===""?file:`${file}:${texts.join(", ")}`),more:hidden+Math.max(0,(check.places??0)-locations.length)}}function covers(run,place){return run.file!==place.file?!1:place.line===void 0||run.start===void 0||run.end===void 0?!0:run.start<=place.line&&place.line<=run.end}var SPECIAL=/[\\`*_{}[\]<>&|~!$"']/g,ZERO_WIDTH="&#8203;",UNPRINTABLE=/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]/g;function plain(text){return text.replace(/\s*[\r\n\u0085\u2028\u2029]+\s*/g," ").replaceAll("	"," ").replace(UNPRINTABLE,"�").trim()}function escapeMarkdown(text){return plain(text).replace(SPECIAL,reference).replace(/^(\d+)([.)])(?=\s|$)/,(_,digits,mark)=>digits+reference(mark)).replace(/^[-+=:#]/,reference).replace(/@(?=\S)/g,`@${ZERO_WIDTH}`).replace(/(?<!&)#(?=\d)/g,`#${ZERO_WIDTH}`).replace(/\b(GH-)(?=\d)/gi,`$1${ZERO_WIDTH}`).replace(/:(?=\/\/|[a-z0-9_+-]*:)/gi,`:${ZERO_WIDTH}`).replace(/\b(mailto|xmpp):/gi,`$1:${ZERO_WIDTH}`).replace(/\b(www)(?=\.)/gi,`$1${ZERO_WIDTH}`)}function reference(character){return`&#${character.codePointAt(0)};`}function codeMarkdown(text){let line=plain(text);return line===""?"":/^[\p{L}\p{N}_\-./ :=@#,+()%]+$/u.test(line)?`\`${line}\``:`<code>${escapeMarkdown(line)}</code>`}function tableMarkdown(header,rows){let line=cells=>`| ${cells.join(" | ")} |`;return[line(header),line(header.map(()=>"---")),...rows.map(line)].join(`
`)}function isNumber(value){return typeof value=="number"&&Math.abs(value)<=1e100}function numberOf(value){return isNumber(value)?value:void 0}function list(value){return Array.isArray(value)?value:[]}function isObject(value){return typeof value=="object"&&value!==null&&!Array.isArray(value)}function records(value){return list(value).filter(entry=>isObject(entry))}function objects(value){return isObject(value)?Object.entries(value).flatMap(([key,child])=>isObject(child)?[[key,child]]:[]):[]}function leaves(value,prefix=""){return Object.entries(value).flatMap(([key,child])=>{let path=prefix===""?key:`${prefix}.${key}`;return isObject(child)?leaves(child,path):[[path,child]]})}function escapeHtml(text){return plain(text).replaceAll("&","&amp;").replaceAll("<","&lt;").replaceAll(">","&gt;").replaceAll('"',"&quot;").replaceAll("'","&#39;")}function statusHtml(status){return`<span class="status ${status}">${status}</span>`}function tableHtml(header,rows,className=""){let line=tag=>cells=>`<tr>${cells.map(cell=>`<${tag}>${cell}</${tag}>`).join("")}</tr>`,head=header.length===0?"":`<thead>${line("th")(header)}</thead>`;return`<div class="wide"><table class="${className}"${labels(header)}>${head}<tbody>${rows.map(line("td")).join(`
`)}</tbody></table></div>`}var LABELLED=32;function labels(header){let names=header.slice(0,LABELLED).flatMap((name,at)=>at>0&&/^[\p{L}\p{N}_.,:%×* ()-]+$/u.test(name)?[`--h${at+1}:'${name}: '`]:[]);return names.length===0?"":` style="${names.join(";")}"`}function page(title,body){return`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`}function stacked(table){let labelled=Array.from({length:LABELLED-1},(_,i)=>i+2).map(at=>`  ${table}.measures td:nth-child(${at}):not(:empty)::before { content: var(--h${at}, ''); color: var(--muted); }`);return`  ${table}, ${table} :is(tbody, tr, td) { display: block; width: auto !important; text-align: left !important; white-space: normal !important; overflow-wrap: anywhere; }
  ${table} thead { display: none; }
  ${table} td { border: 0; padding: .1rem 0; }
  ${table} tr { border-bottom: 1px solid var(--faint); padding: .6rem 0; }
  ${table}.measures tr { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); column-gap: 1rem; }
  ${table}.measures td:first-child:not(:last-child) { font-weight: 600; grid-column: 1 / -1; }
${labelled.join(`
`)}`}var STYLE=`
:root {
  --paper: #fff; --ink: #1d2126; --muted: #68707a; --faint: #e6e8eb; --wash: #f6f7f8;
  --pass: #1a7f4b; --warn: #9a6300; --inconclusive: #6a4fc4; --fail: #c02f2b;
  --series-1: #2f6fb7; --series-2: #b8561b; --series-3: #3b8554; --series-4: #8a4f9e; --reference: #c9ced4;
  --shade: 47 111 183; --shade-loss: 196 92 30;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --ink: #e4e7ea; --muted: #98a1ab; --faint: #2a2f35; --wash: #1b1f23;
    --pass: #57b983; --warn: #d6a13c; --inconclusive: #a893f0; --fail: #f07872;
    --series-1: #74aef0; --series-2: #e5935c; --series-3: #7cc295; --series-4: #c592d6; --reference: #454c54;
    --shade: 116 174 240; --shade-loss: 229 147 92;
  }
}
* { box-sizing: border-box; }
html { background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
body { margin: 0; }
main { max-width: 60rem; margin: 0 auto; padding: 3rem 1.5rem 4rem; }
h1 { font-size: 1.75rem; line-height: 1.25; font-weight: 650; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; font-weight: 650; margin: 2.75rem 0 .75rem; }
h3 { font-size: .95rem; font-weight: 600; margin: 1.5rem 0 .5rem; }
p { margin: 0 0 .75rem; max-width: 46rem; }
a { color: var(--series-1); }
code { font: .92em/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; overflow-wrap: anywhere; }
.kicker, .note, footer { color: var(--muted); font-size: .875rem; font-weight: 400; }
.kicker { margin: 0 0 .25rem; }
.lead { font-size: 1.15rem; margin: .5rem 0 0; }
.status { font-weight: 650; white-space: nowrap; }
.status::before { content: ""; display: inline-block; width: .6em; height: .6em; border-radius: 50%; background: currentColor; margin-right: .45em; }
.status.inconclusive::before, .status.warn::before { background: none; border: .15em solid currentColor; }
.status.warn::before, .status.error::before { border-radius: 0; }
.pass { color: var(--pass); } .warn { color: var(--warn); } .inconclusive { color: var(--inconclusive); } .fail, .error { color: var(--fail); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .5rem 1.25rem .5rem 0; border-bottom: 1px solid var(--faint); }
th { color: var(--muted); font-weight: 500; font-size: .8125rem; padding-top: 0; white-space: nowrap; }
td > div + div { margin-top: .25rem; }
th:last-child, td:last-child { padding-right: 0; }
table.measures td:first-child { overflow-wrap: anywhere; min-width: 8rem; }
table.measures th:not(:first-child), table.measures td:not(:first-child) { text-align: right; white-space: nowrap; }
table.checks td:nth-child(2) { width: 24%; overflow-wrap: anywhere; }
table.checks td:nth-child(4) { width: 26%; }
table.stages td:nth-child(-n+3) { white-space: nowrap; }
table + .note, .wide + .note { margin-top: .6rem; }
section > .wide:first-child { margin-top: 2rem; }
td .note { font-size: .8125rem; }
.note code { font-size: 1em; }
table.checks td:first-child { width: 8.25rem; }
table.subjects td:nth-child(-n+3) { white-space: nowrap; }
table.pairs td:first-child { width: 18rem; color: var(--muted); }
table.gains td:nth-child(-n+3), table.gains th:nth-child(-n+3) { text-align: left !important; white-space: nowrap; }
table.gains th:nth-child(n+4) { white-space: normal !important; min-width: 4.25rem; }
table.gains td:first-child { min-width: 0; }
table.gains th, table.gains td { padding-right: .9rem; }
table.slices td:last-child, table.slices th:last-child { width: 130px; text-align: center !important; }
table.examples td:first-child { white-space: nowrap; }
.side { display: flex; flex-wrap: wrap; gap: 1rem 2.25rem; }
table.confusion { width: auto; border-spacing: 0; }
table.confusion caption { text-align: left; font-weight: 600; font-size: .875rem; padding-bottom: .35rem; }
table.confusion th { padding: .3rem .7rem; border: 0; text-align: center; max-width: 7rem; overflow: hidden; text-overflow: ellipsis; }
table.confusion th[scope=row] { text-align: right; vertical-align: middle; padding-left: 0; }
table.confusion td { padding: .3rem .7rem; text-align: right; border: 1px solid var(--paper); white-space: nowrap; background: rgb(var(--shade) / calc(var(--s, 0) * .5)); }
table.confusion td.loss { --shade: var(--shade-loss); }
table.confusion td .note { display: block; font-size: .75rem; color: inherit; opacity: .75; }
svg.bar { display: inline-block; vertical-align: middle; overflow: visible; fill: currentColor; stroke: currentColor; }
svg.bar path { stroke-width: 2; } svg.bar .zero { stroke: var(--muted); stroke-width: 1; opacity: .6; } svg.bar .limit { stroke: var(--ink); stroke-width: 1.5; }
.forest { display: grid; grid-template-columns: fit-content(15rem) minmax(9rem, 1fr) max-content max-content; column-gap: 1.25rem; font-size: .8125rem; line-height: 1.3; font-variant-numeric: tabular-nums; }
.forest .row { display: contents; }
.forest .row > span { padding: .3rem 0; min-width: 0; overflow-wrap: anywhere; }
.forest .plot { position: relative; min-height: 1.65rem; padding: 0 !important; --c: var(--series-1); }
.forest .is-pass .plot { --c: var(--pass); } .forest .is-warn .plot { --c: var(--warn); } .forest .is-inconclusive .plot { --c: var(--inconclusive); } .forest .is-fail .plot { --c: var(--fail); }
.forest .plot i { position: absolute; font-style: normal; }
.forest .tick, .forest .zero, .forest .limit { top: 0; bottom: 0; width: 0; border-left: 1px solid var(--faint); }
.forest .zero { border-color: var(--muted); opacity: .6; } .forest .limit { border-left: 2px solid var(--ink); margin-left: -1px; }
.forest .beyond { left: 0; top: 0; bottom: 0; background: var(--fail); opacity: .1; }
.forest .range { top: 50%; margin-top: -.25rem; height: .5rem; box-sizing: border-box; }
.forest .range::before { content: ""; position: absolute; left: 0; right: 0; top: 50%; margin-top: -1px; border-top: 2px solid var(--c); }
.forest .range.low { border-left: 2px solid var(--c); } .forest .range.high { border-right: 2px solid var(--c); }
.forest .dot { top: 50%; width: 0; height: 0; margin: -.28rem 0 0 -.28rem; border: .28rem solid var(--c); border-radius: 50%; }
.forest .axis .plot { min-height: 1.2rem; color: var(--muted); }
.forest .number { transform: translateX(-50%); white-space: nowrap; } .forest .worse { transform: translateX(-100%); padding-right: .5rem; white-space: nowrap; } .forest .better { padding-left: .5rem; white-space: nowrap; }
.forest b { font-weight: 600; }
details { border-top: 1px solid var(--faint); padding: .6rem 0; }
details:last-of-type { border-bottom: 1px solid var(--faint); }
section > .wide + details { border-top: 0; }
details > .wide, details > h3 { margin-top: .75rem; }
summary { cursor: pointer; }
figure { margin: 0 0 1.25rem; }
figcaption { font-size: .875rem; font-weight: 600; margin-bottom: .25rem; overflow-wrap: anywhere; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .75rem 1.75rem; }
.grid.level { align-items: end; }
.key { white-space: nowrap; margin-right: 1rem; }
.key::before { content: ""; display: inline-block; width: .9em; height: .6em; background: var(--key); margin-right: .4em; }
.key.dashed::before { height: .15em; vertical-align: middle; background: repeating-linear-gradient(90deg, var(--key) 0 .35em, transparent .35em .55em); width: 1.25em; }
.key.hollow::before { background: none; border: .12em solid var(--key); width: .65em; }
figcaption .key { font-weight: 400; margin: 0 0 0 .75rem; }
svg.plot { display: block; max-width: 100%; height: auto; font-variant-numeric: tabular-nums; }
svg.plot text { white-space: pre; }
.narrow { display: none; }
@media print { .narrow { display: none; } .broad { display: block; } }
footer { margin-top: 3rem; }
${stacked("table.stacked")}
@media (max-width: 54rem) {
${stacked("table.gains")}
}
@media (max-width: 40rem) {
  main { padding: 1.5rem 1rem 3rem; }
  .narrow { display: block; } .broad { display: none; }
${stacked("table:not(.confusion, .pairs)")}
  table.checks td:nth-child(2) > div { display: inline-block; margin-right: .6rem; }
  table.pairs td:first-child { width: 9rem; }
  .forest { display: block; }
  .forest .row { display: grid; grid-template-columns: 1fr max-content; column-gap: 1rem; margin-bottom: .5rem; }
  .forest .row > span { padding: .1rem 0; }
  .forest .name { grid-area: 1 / 1; } .forest .name + .plot { grid-area: 2 / 1 / 3 / 3; } .forest .plot + span { grid-area: 1 / 2; } .forest .figures { grid-area: 3 / 1 / 4 / 3; }
  .forest .axis > span:not(.plot) { display: none; }
}
@media print { main { padding: 0; max-width: none; } details:not([open]) { display: none; } }
`;export{MARKS,formatNumber,percent,count,formatEstimate,evidenceLines,targetParts,findingText,shortDigest,formatDate,clip,oneLine,mostSevereFirst,tally,lineRuns,runText,placesText,plain,escapeMarkdown,codeMarkdown,tableMarkdown,isNumber,numberOf,list,isObject,records,objects,leaves,escapeHtml,statusHtml,tableHtml,page};
