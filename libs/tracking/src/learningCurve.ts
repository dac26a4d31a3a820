import { scaleLinear } from 'd3-scale';
import { area, line } from 'd3-shape';

/** A point of a curve, with the ends of its band if it has one. */
export interface CurvePoint {
  readonly step: number;
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
}

/** A named curve, by increasing step. Its band is drawn where points have `low` and `high`. */
export interface CurveSeries {
  readonly label: string;
  readonly points: readonly CurvePoint[];
}

export interface LearningCurveOptions {
  readonly title?: string;
  /** `environment steps` by default. */
  readonly xLabel?: string;
  /** `mean return (last 100 episodes)` by default. */
  readonly yLabel?: string;
  /** A dashed line, for instance at the return that solves the task. */
  readonly threshold?: number;
  /** Pixels; 720 × 400 by default. */
  readonly width?: number;
  readonly height?: number;
}

// Middle tones: they stand out from a white page and from a dark one.
const COLORS = ['#2f81f7', '#d9730d', '#2da44e', '#bf4b8a', '#8957e5', '#b8860b'];
const INK = '#7d8590';
const FONT = 'font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif"';
// More points than this cannot be told apart in a picture.
const MOST_POINTS = 600;

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function thin(points: readonly CurvePoint[]): readonly CurvePoint[] {
  const stride = Math.ceil(points.length / MOST_POINTS);
  return points.filter((_, i) => i % stride === 0 || i === points.length - 1);
}

/** Ends of the values that can be drawn. */
function extent(values: readonly number[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low === high ? [low - 1, high + 1] : [low, high];
}

interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

type Scale = ReturnType<typeof scaleLinear<number, number>>;

/** To hundredths of a pixel. */
function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${rounded(x)}" y="${rounded(y)}"${attributes}>${escape(content)}</text>`;
}

function grid({ left, right, bottom }: Frame, x: Scale, y: Scale): string[] {
  const [formatX, formatY] = [x.tickFormat(6, '~s'), y.tickFormat(6)];
  const horizontal = y.ticks(6).flatMap((tick) => [
    `<line x1="${left}" x2="${right}" y1="${rounded(y(tick))}" y2="${rounded(y(tick))}" stroke="${INK}" stroke-opacity="0.22"/>`,
    text(left - 8, y(tick) + 4, formatY(tick), ' text-anchor="end"'),
  ]);
  const vertical = x.ticks(6).flatMap((tick) => [
    `<line x1="${rounded(x(tick))}" x2="${rounded(x(tick))}" y1="${bottom}" y2="${bottom + 5}" stroke="${INK}"/>`,
    text(x(tick), bottom + 19, tick === 0 ? '0' : formatX(tick), ' text-anchor="middle"'),
  ]);
  return [...horizontal, ...vertical, `<line x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}" stroke="${INK}"/>`];
}

function curve({ points }: CurveSeries, color: string, x: Scale, y: Scale): string[] {
  const drawn = thin(points);
  const band = area<CurvePoint>()
    .x((point) => rounded(x(point.step)))
    .y0((point) => rounded(y(point.low ?? NaN)))
    .y1((point) => rounded(y(point.high ?? NaN)))
    .defined(({ low, high }) => Number.isFinite(low) && Number.isFinite(high))(drawn);
  const path = line<CurvePoint>()
    .x((point) => rounded(x(point.step)))
    .y((point) => rounded(y(point.value)))
    .defined(({ value }) => Number.isFinite(value))(drawn);
  return [
    ...(band ? [`<path d="${band}" fill="${color}" fill-opacity="0.2"/>`] : []),
    ...(path ? [`<path d="${path}" fill="none" stroke="${color}" stroke-width="2" stroke-linejoin="round" stroke-linecap="round"/>`] : []),
  ];
}

function legend(series: readonly CurveSeries[], left: number, y: number): string[] {
  let x = left;
  return series.flatMap(({ label }, i) => {
    const at = x;
    x += 40 + 6.6 * label.length;
    return [`<line x1="${rounded(at)}" x2="${rounded(at + 16)}" y1="${y - 4}" y2="${y - 4}" stroke="${COLORS[i % COLORS.length]}" stroke-width="3" stroke-linecap="round"/>`, text(at + 22, y, label)];
  });
}

/**
 * A picture of learning: return against environment steps, one line per series, with bands where points have them, a
 * title, named axes and a legend. The background is transparent and the colours are middle tones, so that it can be
 * read on light and on dark pages. The same input gives the same text.
 *
 * Values that are not finite leave a gap. Of long series at most about 600 points are drawn.
 *
 * @returns A complete SVG document.
 * @throws when no series has a finite value.
 */
export function learningCurve(series: readonly CurveSeries[], options: LearningCurveOptions = {}): string {
  const { title, xLabel = 'environment steps', yLabel = 'mean return (last 100 episodes)', threshold, width = 720, height = 400 } = options;
  const points = series.flatMap((one) => one.points);
  if (!points.some(({ value }) => Number.isFinite(value))) throw new Error('learningCurve: there is no finite value to draw');

  const frame: Frame = { left: 72, right: width - 20, top: title === undefined ? 38 : 64, bottom: height - 52 };
  const values = points.flatMap(({ value, low, high }) => [value, low ?? value, high ?? value]);
  const x = scaleLinear([0, extent(points.map(({ step }) => step))[1]], [frame.left, frame.right]);
  const y = scaleLinear(extent(threshold === undefined ? values : [...values, threshold]), [frame.bottom, frame.top]).nice(6);
  const dashed =
    threshold === undefined
      ? []
      : [`<line x1="${frame.left}" x2="${frame.right}" y1="${rounded(y(threshold))}" y2="${rounded(y(threshold))}" stroke="${INK}" stroke-width="1.5" stroke-dasharray="6 5"/>`];
  const middle = (frame.top + frame.bottom) / 2;

  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" ${FONT} font-size="12" fill="${INK}">`,
    `<title>${escape(title ?? `${yLabel} against ${xLabel}`)}</title>`,
    ...(title === undefined ? [] : [text(frame.left, 26, title, ' font-size="16" font-weight="600"')]),
    ...legend(series, frame.left, frame.top - 18),
    ...grid(frame, x, y),
    ...dashed,
    ...series.flatMap((one, i) => curve(one, COLORS[i % COLORS.length], x, y)),
    text((frame.left + frame.right) / 2, height - 12, xLabel, ' text-anchor="middle"'),
    text(18, middle, yLabel, ` text-anchor="middle" transform="rotate(-90 18 ${rounded(middle)})"`),
    '</svg>',
    '',
  ].join('\n');
}
