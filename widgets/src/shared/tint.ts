/** Grey pixels with the void tinted, from levels (value = zero + level * scale) and a threshold. */
export type Phase = "dark" | "bright";
export type Rgb = readonly [number, number, number];

export interface Levels {
  data: Uint8Array | Uint16Array;
  zero: number;
  scale: number;
}

/** Decode what Python sent; multi-byte levels are little-endian, as every browser's typed arrays are in practice. */
export function decode(view: DataView, bits: number): Uint8Array | Uint16Array {
  if (bits === 8) return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  if (bits !== 16) throw new RangeError(`levels of ${bits} bits are unknown`);
  return new Uint16Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength) as ArrayBuffer);
}

/** The highest level that is not above the threshold; -1 if there is none. */
export function cut(threshold: number, zero: number, scale: number, top: number): number {
  return Math.min(top, Math.max(-1, Math.floor((threshold - zero) / scale + 1e-9)));
}

export interface Palette {
  plain: Uint32Array;
  tinted: Uint32Array;
}

const pack = (r: number, g: number, b: number): number => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;

/** Colours of every level, for a contrast window [black, white] in data values. */
export function palette(bits: number, zero: number, scale: number, black: number, white: number, tint: Rgb, weight = 0.55): Palette {
  const size = 2 ** bits;
  const plain = new Uint32Array(size);
  const tinted = new Uint32Array(size);
  const span = white > black ? white - black : 1;
  for (let level = 0; level < size; level++) {
    const part = (zero + level * scale - black) / span;
    const grey = Math.round(255 * Math.min(1, Math.max(0, part)));
    const mix = (c: number): number => Math.round((1 - weight) * grey + weight * c);
    plain[level] = pack(grey, grey, grey);
    tinted[level] = pack(mix(tint[0]), mix(tint[1]), mix(tint[2]));
  }
  return { plain, tinted };
}

/** Paint levels into RGBA pixels: dark void is level <= cut, bright void is level > cut. */
export function paint(levels: Uint8Array | Uint16Array, last: number, phase: Phase, colours: Palette, out: Uint32Array): void {
  if (out.length !== levels.length) throw new RangeError(`${levels.length} levels do not fill ${out.length} pixels`);
  const low = phase === "dark" ? colours.tinted : colours.plain;
  const high = phase === "dark" ? colours.plain : colours.tinted;
  for (let i = 0; i < levels.length; i++) {
    const level = levels[i]!;
    out[i] = level <= last ? low[level]! : high[level]!;
  }
}
