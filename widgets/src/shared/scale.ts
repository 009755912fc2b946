/** A linear axis between data values and canvas positions. */
export interface Axis {
  lo: number;
  hi: number;
  start: number;
  end: number;
}

export function position(axis: Axis, value: number): number {
  if (axis.hi === axis.lo) return (axis.start + axis.end) / 2;
  return axis.start + ((value - axis.lo) / (axis.hi - axis.lo)) * (axis.end - axis.start);
}

export function value(axis: Axis, at: number): number {
  const part = axis.end === axis.start ? 0 : (at - axis.start) / (axis.end - axis.start);
  return axis.lo + Math.min(1, Math.max(0, part)) * (axis.hi - axis.lo);
}

/** Bring a value onto the grid lo, lo + increment, ... within [lo, hi], without binary noise in the decimals. */
export function snap(raw: number, lo: number, hi: number, increment: number, digits: number): number {
  const steps = Math.round((raw - lo) / increment);
  const top = Math.floor((hi - lo) / increment + 1e-9);
  return Number((lo + Math.min(top, Math.max(0, steps)) * increment).toFixed(digits));
}

/** Heights in [0, 1] of histogram bars on a square-root scale, so that a rare phase stays visible. */
export function heights(counts: ArrayLike<number>): Float64Array {
  const out = new Float64Array(counts.length);
  let top = 0;
  for (let i = 0; i < counts.length; i++) top = Math.max(top, counts[i] ?? 0);
  if (top > 0) for (let i = 0; i < counts.length; i++) out[i] = Math.sqrt((counts[i] ?? 0) / top);
  return out;
}

/** The longest length of the form 1, 2 or 5 times a power of ten that is not above `limit`. */
export function round125(limit: number): number {
  if (!(limit > 0)) return 0;
  const power = 10 ** Math.floor(Math.log10(limit) + 1e-12);
  const lead = limit / power;
  return (lead >= 5 - 1e-9 ? 5 : lead >= 2 - 1e-9 ? 2 : 1) * power;
}
