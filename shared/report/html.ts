import type { Check, Json, Subject, Verdict, VerdictSource } from '../verdict/verdict.ts';
import { answerOf } from './answer.ts';
import { chartData, hasCharts } from './chart-data.ts';
import {
  clip,
  count,
  evidenceLines,
  findingText,
  formatDate,
  formatNumber,
  mostSevereFirst,
  oneLine,
  placesText,
  tally,
  targetParts,
} from './format.ts';
import { details, measureTables, pairsTable } from './measures.ts';
import { modelSections } from './model-sections.ts';
import { escapeHtml, page, statusHtml, tableHtml } from './page.ts';
import { sourceHtml } from './source.ts';
import { type BrokenStage, combinedStatus, firstProblem, stageTally, stageTitle } from './stages.ts';

const RUNS = 100;
const VALUES = 20;
const VALUE_CHARACTERS = 200;

/** The verdict as one HTML file that needs nothing else: the answer, what was judged, the checks, plots, measures. */
export async function htmlReport(verdict: Verdict): Promise<string> {
  const { action, name, status, subjects, checks } = verdict;
  const data = chartData(verdict);
  const plots = hasCharts(data) ? (await import('./charts.ts')).charts(data) : undefined;
  const model = modelSections(verdict, plots);
  const body = [
    `<header><p class="kicker">${escapeHtml(verdict.tool.name)} · ${escapeHtml(action)}</p>`,
    `<h1>${escapeHtml(name === '' ? action : name)}</h1>`,
    `${lead(verdict)}${sourceHtml(verdict.source)}</header>`,
    model.before,
    subjects.length === 0 ? '' : section('Judged', subjectTable(subjects)),
    section('Checks', checkTables(checks, model.examples)),
    model.after,
    plots?.rest ?? '',
    section('Measures', measureTables(model.rest)),
    section('Configuration', configuration(verdict)),
    footer(verdict),
  ];
  return page(`${status}: ${name} · ${action}`, body.filter((part) => part !== '').join('\n'));
}

/** The answer, in one sentence if there is one, then how many checks it rests on. */
function lead(verdict: Verdict): string {
  const { status, summary } = verdict;
  const answer = answerOf(verdict);
  const words = escapeHtml(answer?.sentence ?? summary);
  const scope = answer === undefined ? '' : `<p class="note">${escapeHtml(answer.scope)}</p>`;
  return `<p class="lead">${statusHtml(status)} · ${words}</p>${scope}`;
}

/**
 * The index of several reports: one table of the stages, those in an error first, then what did not pass in each.
 * `href` is a path beside the index.
 */
export function combinedHtml(
  entries: readonly { readonly verdict: Verdict; readonly href: string }[],
  {
    broken = [],
    source,
  }: { readonly broken?: readonly BrokenStage[]; readonly source?: VerdictSource | undefined } = {},
): string {
  const rows = [
    ...broken.map((stage) => [
      statusHtml('error'),
      escapeHtml(stage.action),
      escapeHtml(stage.name),
      escapeHtml(firstProblem(stage)),
      '',
    ]),
    ...entries.map(({ verdict, href }) => [
      statusHtml(verdict.status),
      link(href, verdict.action),
      escapeHtml(verdict.name),
      escapeHtml(answerOf(verdict)?.sentence ?? verdict.summary),
      tally(verdict.checks),
    ]),
  ];
  const verdicts = entries.map(({ verdict }) => verdict);
  const newest = [...verdicts].sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1))[0];
  const status = combinedStatus(verdicts, broken);
  const lead = `${statusHtml(status)} · ${count(rows.length, 'stage')}: ${stageTally(verdicts, broken)}`;
  const body = [
    '<header><p class="kicker">ml-loop</p><h1>Stages</h1>',
    `<p class="lead">${rows.length === 0 ? 'no stage ran' : lead}</p>${sourceHtml(source)}</header>`,
    rows.length === 0
      ? ''
      : section('', tableHtml(['Status', 'Stage', 'Name', 'Summary', 'Checks'], rows, 'stages')),
    ...broken.map((stage) => section(escapeHtml(stageTitle(stage)), problemTable(stage))),
    ...entries.map(openChecks),
    newest === undefined ? '' : footer(newest),
  ];
  return page(
    `${rows.length === 0 ? '' : `${status}: `}stages · ml-loop`,
    body.filter((part) => part !== '').join('\n'),
  );
}

function openChecks({ verdict, href }: { readonly verdict: Verdict; readonly href: string }): string {
  const open = verdict.checks.filter((check) => check.status !== 'pass');
  if (open.length === 0) return '';
  const report = href === '' ? '' : `<p class="note">${link(href, 'Full report')}</p>`;
  return section(escapeHtml(stageTitle(verdict)), `${checkTable(mostSevereFirst(open))}${report}`);
}

function problemTable({ problems }: BrokenStage): string {
  const rows = problems.map(({ what, where, fix }) => [
    escapeHtml(what),
    where === undefined ? '' : `<code>${escapeHtml(where)}</code>`,
    escapeHtml(fix ?? ''),
  ]);
  return `<p>Nothing could be judged.</p>${tableHtml(['What', 'Where', 'Fix'], rows, 'problems')}`;
}

/** `title` and `body` are HTML; a section without a body is none. */
function section(title: string, body: string): string {
  if (body === '') return '';
  return `<section>${title === '' ? '' : `<h2>${title}</h2>`}\n${body}</section>`;
}

/** Only paths: an address with a scheme or a host is shown, not linked. */
function link(href: string, label: string): string {
  if (href === '') return escapeHtml(label);
  const safe = !/^\s*([a-z][a-z0-9+.-]*:|[/\\]{2})/i.test(href);
  return safe ? `<a href="${escapeHtml(encodeURI(href))}">${escapeHtml(label)}</a>` : escapeHtml(label);
}

function subjectTable(subjects: readonly Subject[]): string {
  const rows = subjects.map(({ role, name, rows: size, digest }) => [
    escapeHtml(role),
    escapeHtml(name),
    size === undefined ? '' : `${formatNumber(size)} rows`,
    `<code class="note">${escapeHtml(digest)}</code>`,
  ]);
  return tableHtml([], rows, 'subjects');
}

function checkTables(checks: readonly Check[], examples: ReadonlySet<Check>): string {
  if (checks.length === 0) return '<p>Nothing was checked.</p>';
  const open = mostSevereFirst(checks).filter((check) => check.status !== 'pass');
  const passed = checks.filter((check) => check.status === 'pass');
  return [
    open.length === 0 ? '' : checkTable(open, examples),
    passed.length === 0
      ? ''
      : details(`${count(passed.length, 'check')} passed`, checkTable(passed, examples)),
  ].join('\n');
}

/** `examples` are checks whose places have a section of their own. */
function checkTable(checks: readonly Check[], examples: ReadonlySet<Check> = new Set()): string {
  const rows = checks.map((check) => [
    statusHtml(check.status),
    [`<code>${escapeHtml(check.id)}</code>`, ...targetParts(check).map(escapeHtml)].map(block).join(''),
    finding(check, examples.has(check)),
    evidence(check),
  ]);
  const header = ['Status', 'Check', 'Finding', 'Evidence'];
  if (rows.some((row) => row[3] !== '')) return tableHtml(header, rows, 'checks');
  return tableHtml(
    header.slice(0, 3),
    rows.map((row) => row.slice(0, 3)),
    'checks',
  );
}

function block(html: string): string {
  return `<div>${html}</div>`;
}

function muted(html: string): string {
  return `<div class="note">${html}</div>`;
}

function finding(check: Check, apart: boolean): string {
  const said = [
    block(escapeHtml(findingText(check))),
    check.fix === undefined ? '' : block(`<span class="note">Fix:</span> ${escapeHtml(check.fix)}`),
  ];
  if (apart) return [...said, muted('<a href="#examples">rows that the candidate loses</a>')].join('');
  const { files, more } = placesText(check, RUNS);
  const rest =
    more === 0
      ? ''
      : `${files.length === 0 ? 'at' : 'and'} ${count(more, files.length === 0 ? 'place' : 'more place')}`;
  const places = [...files.map((file) => `<code>${escapeHtml(file)}</code>`), rest].filter(
    (part) => part !== '',
  );
  return [...said, places.length === 0 ? '' : muted(places.join('; ')), values(check)].join('');
}

/** The values at fault, which a verdict holds only with `samples: show`. */
function values(check: Check): string {
  const shown = (check.locations ?? []).filter((place) => place.value !== undefined).slice(0, VALUES);
  if (shown.length === 0) return '';
  const items = shown.map(({ file, line, column, value }) => {
    const place = [file, line, column].filter((part) => part !== undefined).join(':');
    return block(`${escapeHtml(place)} <code>${escapeHtml(clip(value ?? '', VALUE_CHARACTERS))}</code>`);
  });
  return details('values', items.join(''));
}

function evidence(check: Check): string {
  const lines = check.evidence === undefined ? [] : evidenceLines(check.evidence);
  if (lines.length > 0)
    return lines.map((line, index) => (index === 0 ? block : muted)(escapeHtml(line))).join('');
  return [
    check.observed === undefined ? '' : muted(`observed ${short(check.observed)}`),
    check.expected === undefined ? '' : muted(`expected ${short(check.expected)}`),
  ].join('');
}

function short(value: Json): string {
  return `<code>${escapeHtml(clip(oneLine(value), VALUE_CHARACTERS))}</code>`;
}

function configuration({ configuration: value }: Verdict): string {
  const size = Object.keys(value).length;
  return size === 0 ? '' : details(count(size, 'setting'), pairsTable(value));
}

function footer({ tool, createdAt }: Verdict): string {
  return `<footer>${escapeHtml(`${tool.name} ${tool.version}, ${formatDate(createdAt)}`)}</footer>`;
}
