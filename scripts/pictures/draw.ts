/** A comment's Markdown, and the head forest plots and slices of a report, drawn as SVG by simple rules: no browser is needed. */
import { escapeHtml } from '../../shared/report/page.ts';

const WIDTH = 860;
const FONT = '-apple-system,Segoe UI,Helvetica,Arial,sans-serif';
const COLOURS = {
  text: '#1f2328',
  faint: '#59636e',
  line: '#d1d9e0',
  bar: '#f6f8fa',
  link: '#0969da',
} as const;

interface Text {
  readonly size?: number;
  readonly bold?: boolean;
  readonly colour?: string;
}

/** Draws from top to bottom. */
class Canvas {
  readonly #parts: string[] = [];
  y = 0;

  text(x: number, line: string, { size = 14, bold = false, colour = COLOURS.text }: Text = {}): void {
    const weight = bold ? ' font-weight="600"' : '';
    this.#parts.push(
      `<text x="${x}" y="${this.y}" font-size="${size}" fill="${colour}"${weight}>${escapeHtml(line)}</text>`,
    );
  }

  rule(x1 = 24, x2 = WIDTH - 24): void {
    this.#parts.push(`<path d="M${x1} ${this.y}H${x2}" stroke="${COLOURS.line}"/>`);
  }

  raw(svg: string): void {
    this.#parts.push(svg);
  }

  paragraph(x: number, words: string, style: Text = {}, width = WIDTH - x - 24): void {
    for (const line of wrapped(words, width, style.size ?? 14)) {
      this.y += Math.round((style.size ?? 14) * 1.5);
      this.text(x, line, style);
    }
  }

  finish(title: string): string {
    const height = Math.ceil(this.y + 24);
    return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="${FONT}" role="img"><title>${escapeHtml(title)}</title><rect x=".5" y=".5" width="${WIDTH - 1}" height="${height - 1}" rx="6" fill="#fff" stroke="${COLOURS.line}"/>${this.#parts.join('')}</svg>\n`;
  }
}

/** Words in lines of at most a width, by the mean width of a character. */
function wrapped(words: string, width: number, size: number): string[] {
  const most = Math.floor(width / (size * 0.52));
  const lines: string[] = [];
  for (const word of words.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < most) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Markdown of one line as plain words: a reader sees neither marks nor references. */
export function wordsOf(markdown: string): string {
  return markdown
    .replace(/<!--.*?-->|<\/?(summary|details|code)( open)?>/g, '')
    .replaceAll('<br>', ' · ')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\*\*|`/g, '')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll('&nbsp;', ' ')
    .replaceAll('\u200b', '')
    .trim();
}

interface Check {
  readonly name: string;
  readonly conclusion: string;
}

/** A pull request's box of checks, and the comment below it. */
export function commentPicture(markdown: string, checks: readonly Check[]): string {
  const canvas = new Canvas();
  canvas.y = 30;
  for (const { name, conclusion } of checks) {
    canvas.text(24, conclusion === 'success' ? '✓' : '✕', {
      bold: true,
      colour: conclusion === 'success' ? '#1a7f37' : '#d1242f',
    });
    canvas.text(46, name, { bold: true });
    canvas.text(
      360,
      conclusion === 'success' ? 'Successful' : conclusion === 'failure' ? 'Failing' : 'Neutral',
      { colour: COLOURS.faint },
    );
    canvas.y += 24;
  }
  canvas.y += 16;
  canvas.raw(
    `<rect x="12" y="${canvas.y - 22}" width="${WIDTH - 24}" height="34" fill="${COLOURS.bar}" stroke="${COLOURS.line}"/>`,
  );
  canvas.text(24, 'github-actions', { bold: true });
  canvas.text(126, 'bot commented on this pull request', { colour: COLOURS.faint });
  canvas.y += 16;
  const blocks = markdown
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/<details>\s*(<summary>.*?<\/summary>)[\s\S]*?<\/details>/g, '\n\n<details>$1\n\n')
    .split(/\n{2,}/)
    .map((block) => block.trim())
    .filter((block) => block !== '');
  for (const block of blocks) drawBlock(canvas, block);
  return canvas.finish('What ml-loop tells a pull request');
}

function drawBlock(canvas: Canvas, block: string): void {
  const lines = block.split('\n');
  canvas.y += 8;
  if (block.startsWith('<details>')) {
    const summary = wordsOf(lines.find((line) => line.includes('<summary>')) ?? '');
    canvas.paragraph(24, `▸ ${summary}`, { bold: true });
  } else if (block.startsWith('#')) {
    canvas.paragraph(24, wordsOf((lines[0] ?? '').replace(/^#+ /, '')), { size: 17, bold: true });
  } else if (block.startsWith('|')) {
    const [header = [], , ...rows] = lines.map(cellsOf);
    drawTable(canvas, header, rows);
  } else {
    const [, strong, rest] = /^\*\*(.*?)\*\*\s*([\s\S]*)$/.exec(block) ?? [];
    if (strong !== undefined) canvas.paragraph(24, wordsOf(strong), { bold: true, size: 15 });
    for (const line of (rest ?? block).split('\n'))
      if (wordsOf(line) !== '') canvas.paragraph(24, wordsOf(line).replace(/^- /, '• '));
  }
}

function cellsOf(row: string): string[] {
  return row.split(' | ').map((cell) => wordsOf(cell.replace(/^\| | \|$/g, '')));
}

const ROWS = 6;

/** Each column is as wide as its longest word; they share the rest by how much they hold. */
function widthsOf(rows: readonly (readonly string[])[]): number[] {
  const columns = (rows[0] ?? []).map((_, at) => rows.map((row) => row[at] ?? ''));
  const least = columns.map(
    (cells) => 16 + 7 * Math.max(...cells.flatMap((cell) => cell.split(' ').map(({ length }) => length))),
  );
  const weights = columns.map((cells) => Math.min(60, Math.max(...cells.map(({ length }) => length))));
  const [sum, all] = [least, weights].map((list) => list.reduce((a, b) => a + b, 0)) as [number, number];
  const rest = Math.max(0, WIDTH - 48 - sum);
  return least.map((width, at) => width + (rest * (weights[at] ?? 0)) / all);
}

/** At most so many rows, and lines in a cell. */
function drawTable(canvas: Canvas, header: readonly string[], rows: readonly string[][]): void {
  const shown = rows.slice(0, ROWS);
  const widths = widthsOf([header, ...shown]);
  canvas.y += 6;
  for (const [at, row] of [header, ...shown].entries()) {
    canvas.rule();
    const top = canvas.y;
    let bottom = top;
    let x = 24;
    for (const [column, width] of widths.entries()) {
      const lines = wrapped(row[column] ?? '', width - 12, 12).slice(0, 4);
      for (const [index, line] of lines.entries()) {
        canvas.y = top + 17 + index * 16;
        bottom = Math.max(bottom, canvas.y + 8);
        canvas.text(x, line, { size: 12, bold: at === 0 });
      }
      x = Math.round(x + width);
    }
    canvas.y = bottom;
  }
  canvas.rule();
}

/** How many of a report's forest plots are shown. */
const FORESTS = 2;
/** Where the parts of a forest plot's row stand: the axis begins and ends, then the word and the figures. */
const AXIS = { from: 190, to: 560 } as const;
const WORD = 580;
const FIGURES = 670;

/** A row of a forest plot: the report places its marks by shares of the width, so that they can be drawn anywhere. */
function drawRow(canvas: Canvas, row: string, kind: string): void {
  canvas.y += 22;
  const middle = canvas.y - 4;
  const at = (percent: number) => Math.round(AXIS.from + ((AXIS.to - AXIS.from) * percent) / 100);
  const word = textOf(/<b[^>]*>(.*?)<\/b>/.exec(row)?.[1] ?? '');
  const colour = MARKS[word] ?? COLOURS.link;
  const shares = (style: string) =>
    ['left', 'width'].map((name) => Number(new RegExp(`${name}:([\\d.]+)%`).exec(style)?.[1] ?? 0)) as [
      number,
      number,
    ];
  for (const [, classes = '', style = '', label = ''] of row.matchAll(
    /<i class="([^"]*)" style="([^"]*)">(.*?)<\/i>/g,
  )) {
    const [left, width] = shares(style);
    const name = classes.split(' ')[0] ?? '';
    const anchor = { worse: 'end', better: 'start' }[name] ?? 'middle';
    const end = ` text-anchor="${anchor}"`;
    const x = at(left) + (name === 'worse' ? -6 : name === 'better' ? 6 : 0);
    const drawn: Readonly<Record<string, string>> = {
      tick: line(at(left), middle - 11, 22, COLOURS.bar),
      zero: line(at(left), middle - 11, 22, COLOURS.line),
      limit: line(at(left), middle - 8, 16, COLOURS.faint),
      beyond: `<rect x="${AXIS.from}" y="${middle - 11}" width="${at(width) - AXIS.from}" height="22" fill="${COLOURS.bar}"/>`,
      range: `<rect x="${at(left)}" y="${middle - 1}" width="${at(left + width) - at(left)}" height="3" fill="${colour}"/>`,
      dot: `<circle cx="${at(left)}" cy="${middle}" r="5" fill="${colour}"/>`,
    };
    canvas.raw(
      drawn[name] ??
        `<text x="${x}" y="${canvas.y}" font-size="11" fill="${COLOURS.faint}"${end}>${escapeHtml(textOf(label))}</text>`,
    );
  }
  if (kind.includes('axis')) return;
  const words = (name: string) =>
    textOf(new RegExp(`<span class="${name}">(.*?)</span>`).exec(row)?.[1] ?? '');
  canvas.text(24, words('name'), { size: 13 });
  canvas.text(WORD, word, { size: 13, bold: true, colour });
  canvas.text(FIGURES, words('figures'), { size: 12, colour: COLOURS.faint });
}

const MARKS: Readonly<Record<string, string>> = {
  worse: '#b42318',
  unknown: '#8a6100',
  better: '#1a7f37',
  'not worse': '#1a7f37',
};

function line(x: number, y: number, length: number, colour: string): string {
  return `<path d="M${x} ${y}v${length}" stroke="${colour}" stroke-width="2"/>`;
}

/** The head of a report, its forest plots and its slices. */
export function reportPicture(html: string): string {
  const canvas = new Canvas();
  const words = (pattern: RegExp) => textOf(pattern.exec(html)?.[1] ?? '');
  canvas.y = 20;
  canvas.paragraph(24, words(/<p class="kicker">(.*?)<\/p>/), { colour: COLOURS.faint, size: 12 });
  canvas.paragraph(24, words(/<h1>(.*?)<\/h1>/), { size: 24, bold: true });
  canvas.paragraph(24, words(/<p class="lead">(.*?)<\/p>/), { size: 16 });
  const figures = [
    ...html.matchAll(/<figure><figcaption>(.*?)<\/figcaption><div class="forest">(.*?)<\/div><\/figure>/g),
  ];
  if (figures.length === 0) throw new Error('the report has no chart to show');
  for (const [, title = '', rows = ''] of figures.slice(0, FORESTS)) {
    canvas.y += 16;
    canvas.paragraph(24, textOf(title), { bold: true });
    canvas.y += 6;
    for (const [, kind = '', row = ''] of rows.matchAll(/<div class="row( [^"]*)?">(.*?)<\/div>/g))
      drawRow(canvas, row, kind);
  }
  const [, slices] = /<h2>(Slices[^<]*)<\/h2>([\s\S]*?<\/table>)/.exec(html)?.slice(1) ?? [];
  if (slices !== undefined) {
    canvas.y += 26;
    canvas.paragraph(24, words(/<h2>(Slices[^<]*)<\/h2>/), { bold: true });
    const [header = [], ...rows] = [...slices.matchAll(/<tr[^>]*>(.*?)<\/tr>/g)].map(([, row = '']) =>
      [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/g)].slice(0, 5).map(([, cell = '']) => textOf(cell)),
    );
    drawTable(canvas, header, rows);
  }
  return canvas.finish('A report of ml-loop');
}

function textOf(html: string): string {
  return html
    .replace(/<[^>]*>/g, '')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll('&amp;', '&')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"');
}
