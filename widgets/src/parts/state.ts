/** The records that the Python half of the threshold widget sends. */
import type { Phase } from "../shared/tint.ts";

export interface Mark {
  name: string;
  value: number;
}

export interface FrameAxis {
  dim: string;
  size: number;
  labels: string[];
}

export interface View {
  title: string;
  caption: string;
  note: string;
  rows: number;
  cols: number;
  aspect: number;
  bits: number;
  zero: number;
  scale: number;
  black: number;
  white: number;
  lo: number;
  hi: number;
  increment: number;
  digits: number;
  units: string;
  counts: number[];
  span: [number, number];
  marks: Mark[];
  frames: FrameAxis[];
  unit: string;
  sample: number;
}

export interface Choice {
  threshold: number;
  phase: Phase;
  frame: Record<string, number>;
}

export interface Numbers extends Choice {
  seq: number;
  from: string;
  void_fraction: number;
  component_count: number;
  euler_number: number;
}

const WANTED: readonly (keyof View)[] = ["rows", "cols", "aspect", "bits", "zero", "scale", "lo", "hi", "increment", "digits", "counts", "span", "marks", "frames"];

/** Refuse a record that lacks a field, by name, instead of drawing nonsense from it. */
export function checkView(record: unknown): View {
  const view = (record ?? {}) as Partial<View>;
  const absent = WANTED.filter((key) => view[key] === undefined);
  if (absent.length > 0) throw new TypeError(`the image record lacks ${absent.join(", ")}`);
  return view as View;
}
