import { axisX, axisY, dot, gridX, gridY, line, link } from '@observablehq/plot';
import { CURRENT, draw, FAINT, figure, key, MUTED } from './draw.ts';
import { formatNumber, percent } from './format.ts';
import { isNumber } from './json.ts';
import type { CalibrationBin, CurvePoint, Curves } from './model-data.ts';
import { escapeHtml } from './page.ts';

const SIZE = { width: 290, height: 270, marginLeft: 60, marginRight: 10, marginTop: 10 } as const;
const DIAGONAL: readonly CurvePoint[] = [
  [0, 0],
  [1, 1],
];

interface Style {
  readonly stroke: string;
  readonly strokeDasharray?: string;
  readonly symbol: 'circle' | 'square';
  readonly fill: string;
}

/** By line and by shape, not by colour alone. */
const STYLES: Readonly<Record<string, Style>> = {
  candidate: { stroke: CURRENT, symbol: 'circle', fill: CURRENT },
  production: { stroke: MUTED, strokeDasharray: '5 3', symbol: 'square', fill: 'var(--paper)' },
};

function styleOf(role: string): Style {
  return STYLES[role] ?? { stroke: MUTED, symbol: 'square', fill: MUTED };
}

/** The legend of the models that are drawn, as HTML; `other` is how those beside the candidate are. */
export function modelKeys(roles: readonly string[], other: 'dashed' | 'hollow'): string {
  return roles
    .map((role) => key(styleOf(role).stroke, escapeHtml(role), role === 'candidate' ? '' : other))
    .join(' ');
}

/** ROC, precision and recall, and calibration, each with all models in one chart. */
export function curveFigures(models: readonly Curves[]): readonly string[] {
  return [
    paths(models, 'roc', 'ROC', 'roc_auc', ['false positive rate', 'true positive rate']),
    paths(models, 'pr', 'Precision and recall', 'average_precision', ['recall', 'precision']),
    calibrationFigure(models),
  ].filter((part) => part !== '');
}

function paths(
  models: readonly Curves[],
  curve: 'roc' | 'pr',
  title: string,
  metric: string,
  [across, up]: readonly [string, string],
): string {
  const drawn = models.filter((model) => model[curve].length > 0);
  if (drawn.length === 0) return '';
  const svg = draw(`${title}: ${up} by ${across}${against(drawn, metric)}`, {
    ...SIZE,
    ...square(),
    marks: [
      ...axes(across, up),
      curve === 'roc' ? line(DIAGONAL, { stroke: MUTED, strokeOpacity: 0.5, strokeDasharray: '2 3' }) : null,
      ...[...drawn].reverse().map((model) => {
        const { stroke, strokeDasharray = 'none' } = styleOf(model.role);
        return line(model[curve], { stroke, strokeDasharray, strokeWidth: 1.75 });
      }),
    ],
  });
  return figure(`${title}${note(against(drawn, metric))}`, svg);
}

/** `, roc_auc 0.91 against 0.9` of the models that have the metric. */
function against(models: readonly Curves[], metric: string): string {
  const values = models.flatMap(({ metrics }) => {
    const value = metrics[metric];
    return isNumber(value) ? [formatNumber(value)] : [];
  });
  return values.length < models.length ? '' : `, ${metric} ${values.join(' against ')}`;
}

function note(words: string): string {
  return words === '' ? '' : `<div class="note">${escapeHtml(words.slice(2))}</div>`;
}

/** The share of positives by mean score, with its intervals, beside the diagonal of scores that are right. */
function calibrationFigure(models: readonly Curves[]): string {
  const drawn = models.filter((model) => model.calibration.length > 0);
  if (drawn.length === 0) return '';
  const svg = draw('Calibration: share of positives by mean score, beside the diagonal', {
    ...SIZE,
    ...square(),
    marks: [
      ...axes('mean score', 'share of positives'),
      line(DIAGONAL, { stroke: MUTED, strokeOpacity: 0.7, strokeDasharray: '2 3' }),
      ...[...drawn].reverse().flatMap(({ role, calibration }) => {
        const { stroke, strokeDasharray = 'none', symbol, fill } = styleOf(role);
        const at = { x: 'score', stroke } as const;
        return [
          link(
            calibration.filter(({ lower, upper }) => lower !== undefined && upper !== undefined),
            { ...at, x1: 'score', x2: 'score', y1: 'lower', y2: 'upper', strokeWidth: 1.25 },
          ),
          line(calibration, { ...at, y: 'share', strokeDasharray, strokeOpacity: 0.6 }),
          dot(calibration, { ...at, y: 'share', symbol, fill, r: 3, title: binTitle }),
        ];
      }),
    ],
  });
  return figure(`Calibration${note(against(drawn, 'brier'))}`, svg);
}

function binTitle({ n, score, share }: CalibrationBin): string {
  return `${percent(share)} of ${n === undefined ? 'rows' : formatNumber(n)} with a mean score of ${formatNumber(score)}`;
}

function square() {
  const domain = [-0.01, 1.01];
  return { marginBottom: 40, x: { domain, label: null }, y: { domain, label: null } };
}

const TICKS = [0, 0.25, 0.5, 0.75, 1];

function axes(across: string, up: string) {
  return [
    gridX(TICKS, { stroke: FAINT, strokeOpacity: 1 }),
    gridY(TICKS, { stroke: FAINT, strokeOpacity: 1 }),
    axisX(TICKS, {
      tickSize: 0,
      color: MUTED,
      tickFormat: formatNumber,
      label: across,
      labelAnchor: 'center',
      labelArrow: 'none',
    }),
    axisY(TICKS, {
      tickSize: 0,
      color: MUTED,
      tickFormat: formatNumber,
      label: up,
      labelAnchor: 'center',
      labelOffset: 54,
      labelArrow: 'none',
    }),
  ];
}

/** Spiegelhalter's test of each model in a sentence, as HTML; empty if there is none. */
export function calibrationNote(models: readonly Curves[]): string {
  const tests = models.flatMap(({ role, z, p }) =>
    z === undefined || p === undefined
      ? []
      : [`${role} z ${formatNumber(z)}, p ${p < 0.0001 ? 'below 0.0001' : formatNumber(p)}`],
  );
  if (tests.length === 0) return '';
  return `<p class="note">Spiegelhalter’s test; a small p means that the scores are not true probabilities: ${escapeHtml(tests.join('; '))}. Points are bins of scores, with 95 % intervals of their shares.</p>`;
}
