/** Numbers as people read them. */
export function percent(fraction: number): string {
  if (!Number.isFinite(fraction)) return "–";
  return `${(100 * fraction).toFixed(2)} %`;
}

/** Whole numbers with thin spaces between thousands and a true minus sign. */
export function count(n: number): string {
  if (!Number.isFinite(n)) return "–";
  const digits = String(Math.abs(Math.round(n))).replace(/\B(?=(\d{3})+(?!\d))/g, "\u2009");
  return Math.round(n) < 0 ? `−${digits}` : digits;
}

/** A data value with at most `digits` decimals, no trailing zeros. */
export function short(x: number, digits: number): string {
  if (!Number.isFinite(x)) return "–";
  return String(Number(x.toFixed(Math.min(20, Math.max(0, digits)))));
}

/** Units as they are typeset: um becomes µm, pixel becomes px. */
export function unit(name: string): string {
  const known: Record<string, string> = { um: "µm", micrometer: "µm", micron: "µm", pixel: "px", pixels: "px", angstrom: "Å", "1": "" };
  return known[name] ?? name;
}
