import { describe, expect, it } from 'vitest';
import { run } from '../test/messages.js';
import { curvePoints, learningCurve, meanCurve } from './index.js';

const line = (...values: number[]) => values.map((value, i) => ({ step: i * 1000, value }));
const paths = (svg: string): string[] => [...svg.matchAll(/<path d="([^"]*)"/g)].map((match) => match[1]);

describe('learningCurve', () => {
  it('draws values where the axes say', () => {
    // x: 0..2000 steps on pixels 72..700; y: 0..500 on pixels 348..38.
    const svg = learningCurve([{ label: 'ppo', points: line(0, 250, 500) }]);
    expect(paths(svg)).toEqual(['M72,348L386,193L700,38']);
    expect(svg).toContain('<text x="64" y="42" text-anchor="end">500</text>');
    expect(svg).toContain('<text x="386" y="367" text-anchor="middle">1k</text>');
    expect(svg).toContain('>environment steps</text>');
    expect(svg).toContain('>mean return (last 100 episodes)</text>');
    expect(svg).toContain('>ppo</text>');
  });

  it('draws a band where there is one, below its line, and a threshold', () => {
    const points = line(0, 250, 500).map((point) => ({ ...point, low: point.value / 2, high: point.value }));
    const svg = learningCurve([{ label: 'ppo', points }], { threshold: 475 });
    expect(paths(svg)).toEqual(['M72,348L386,193L700,38L700,193L386,270.5L72,348Z', 'M72,348L386,193L700,38']);
    expect(svg).toContain('y1="53.5" y2="53.5" stroke="#7d8590" stroke-width="1.5" stroke-dasharray');
  });

  it('leaves a gap at values that are not finite', () => {
    expect(paths(learningCurve([{ label: 'ppo', points: line(0, 100, NaN, 300, 500) }]))[0].match(/M/g)).toHaveLength(2);
  });

  it('gives the same text for the same input, well formed whatever the names are', () => {
    const make = (): string => learningCurve([{ label: 'a < b & "c"', points: line(1, 2) }, { label: 'flat', points: line(1) }], { title: '<&>' });
    expect(make()).toBe(make());
    expect(make()).toContain('<title>&lt;&amp;&gt;</title>');
    expect(make()).toContain('a &lt; b &amp; &quot;c&quot;');
    expect(make()).not.toContain('NaN');
  });

  it('does not grow with the number of points, and keeps the last one', () => {
    const svg = learningCurve([{ label: 'long', points: Array.from({ length: 50_000 }, (_, i) => ({ step: i, value: i })) }]);
    expect(svg.length).toBeLessThan(20_000);
    expect(paths(svg)[0].endsWith('L700,38.01')).toBe(true);
  });

  it('refuses to draw nothing', () => {
    expect(() => learningCurve([{ label: 'x', points: line(NaN) }])).toThrow('no finite value');
    expect(() => learningCurve([])).toThrow('no finite value');
  });
});

describe('meanCurve', () => {
  it('interpolates seeds on common steps', () => {
    const a = [{ step: 0, value: 0 }, { step: 100, value: 100 }];
    const b = [{ step: 50, value: 10 }, { step: 150, value: 30 }];
    expect(meanCurve([a, b], { points: 3 })).toEqual([
      { step: 50, value: 30, low: 10, high: 50 },
      { step: 75, value: 45, low: 15, high: 75 },
      { step: 100, value: 60, low: 20, high: 100 },
    ]);
    expect(meanCurve([[{ step: 5, value: 1 }], [{ step: 5, value: 3 }]])).toEqual([{ step: 5, value: 2, low: 1, high: 3 }]);
  });

  it('refuses seeds that cannot be joined', () => {
    expect(() => meanCurve([])).toThrow('at least one point');
    expect(() => meanCurve([[], line(1)])).toThrow('at least one point');
    expect(() => meanCurve([line(1), [{ step: 10, value: 1 }]])).toThrow('share no steps');
  });
});

describe('curvePoints', () => {
  it('takes one tag of the messages', () => {
    expect(curvePoints(run)).toEqual([{ step: 200, value: 12.5 }]);
    expect(curvePoints(run, 'update/updates')).toEqual([{ step: 100, value: 1 }, { step: 200, value: 2 }]);
  });
});
