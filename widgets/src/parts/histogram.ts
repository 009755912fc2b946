/** The histogram of all pixel values with a line to drag, ticks of the automatic methods, and a range input for the keyboard. */
import { type Axis, heights, position, snap, value } from "../shared/scale.ts";
import { short } from "../shared/text.ts";
import type { Phase } from "../shared/tint.ts";
import { colour, fit, make } from "./dom.ts";
import type { Guard } from "../shared/report.ts";
import type { View } from "./state.ts";

const HEIGHT = 132;
const INSET = 8; // half the thumb: the native slider's travel and the histogram share one axis
const TOP = 12;

export class Histogram {
  readonly node: HTMLElement;
  readonly input = make("input", "nsi-range", { type: "range" });
  #canvas = make("canvas", "nsi-histogram");
  #view: View;
  #heights: Float64Array;
  #threshold = 0;
  #phase: Phase = "dark";
  #watch: ResizeObserver;

  constructor(view: View, guard: Guard, moved: (threshold: number) => void) {
    this.#view = view;
    this.#heights = heights(view.counts);
    this.input.min = String(view.lo);
    this.input.max = String(view.hi);
    this.input.step = String(view.increment);
    this.input.setAttribute("aria-label", `threshold${view.units ? ` in ${view.units}` : ""}`);
    this.input.addEventListener("input", guard("moving the slider", () => moved(this.#snap(Number(this.input.value)))));
    this.input.addEventListener("keydown", guard("a key on the slider", (event: KeyboardEvent) => this.#key(event, moved)));
    this.#canvas.setAttribute("aria-hidden", "true"); // the range input says the same to a screen reader
    const drag = guard("dragging the line", (event: PointerEvent) => {
      if (event.buttons & 1) moved(this.#snap(value(this.#axis(), event.offsetX)));
    });
    this.#canvas.addEventListener("pointerdown", guard("taking the line", (event: PointerEvent) => {
      this.#canvas.setPointerCapture(event.pointerId);
      drag(event);
      this.input.focus({ preventScroll: true });
      event.preventDefault();
    }));
    this.#canvas.addEventListener("pointermove", drag);
    const ends = make("div", "nsi-ends", {}, this.#end(view.lo), make("span", "", { textContent: "pixel count, square-root scale" }), this.#end(view.hi));
    this.node = make("div", "nsi-plot", {}, this.#canvas, this.input, ends);
    this.#watch = new ResizeObserver(guard("resizing", () => this.#paint()));
    this.#watch.observe(this.node);
  }

  draw(threshold: number, phase: Phase): void {
    this.#threshold = threshold;
    this.#phase = phase;
    this.input.value = String(threshold);
    this.input.setAttribute("aria-valuetext", `${short(threshold, this.#view.digits)} ${this.#view.units}`.trim());
    this.#paint();
  }

  close(): void {
    this.#watch.disconnect();
  }

  #end(x: number): HTMLElement {
    return make("span", "", { textContent: short(x, this.#view.digits) });
  }

  #snap(raw: number): number {
    const { lo, hi, increment, digits } = this.#view;
    return snap(raw, lo, hi, increment, digits);
  }

  /** Page keys move by a tenth everywhere; browsers differ on their own. Arrows, Home and End are native. */
  #key(event: KeyboardEvent, moved: (threshold: number) => void): void {
    const sign = event.key === "PageUp" ? 1 : event.key === "PageDown" ? -1 : 0;
    if (sign === 0) return;
    event.preventDefault();
    moved(this.#snap(this.#threshold + (sign * (this.#view.hi - this.#view.lo)) / 10));
  }

  #axis(): Axis {
    return { lo: this.#view.lo, hi: this.#view.hi, start: INSET, end: Math.max(INSET, this.#canvas.clientWidth - INSET) };
  }

  #paint(): void {
    const width = this.#canvas.clientWidth;
    if (width === 0) return;
    const context = fit(this.#canvas, width, HEIGHT);
    const axis = this.#axis();
    const ink = colour(this.node, "--nsi-ink", "#222");
    const solid = colour(this.node, "--nsi-solid", "#b8bcc4");
    const tint = colour(this.node, "--nsi-tint", "#009ec9");
    const n = this.#heights.length;
    const line = position(axis, this.#threshold);
    const [from, to] = this.#view.span;
    const first = position(axis, from);
    const wide = (position(axis, to) - first) / n;
    context.clearRect(0, 0, width, HEIGHT);
    const bars = (fill: string, left: number, right: number): void => {
      context.save();
      context.beginPath();
      context.rect(left, 0, Math.max(0, right - left), HEIGHT);
      context.clip();
      context.fillStyle = fill;
      for (let i = 0; i < n; i++) {
        const tall = (this.#heights[i] ?? 0) * (HEIGHT - TOP - 1);
        if (tall > 0) context.fillRect(first + i * wide, HEIGHT - 1 - tall, wide + 0.35, tall);
      }
      context.restore();
    };
    const [low, high] = this.#phase === "dark" ? [tint, solid] : [solid, tint];
    bars(low, 0, line);
    bars(high, line, width);
    context.fillStyle = ink;
    context.globalAlpha = 0.35;
    context.fillRect(axis.start, HEIGHT - 1, axis.end - axis.start, 1);
    context.globalAlpha = 0.6;
    for (const mark of this.#view.marks) {
      const x = position(axis, mark.value);
      context.beginPath();
      context.moveTo(x - 4, 1);
      context.lineTo(x + 4, 1);
      context.lineTo(x, 8);
      context.fill();
    }
    context.globalAlpha = 1;
    context.fillRect(line - 1, TOP - 4, 2, HEIGHT - TOP + 4);
  }
}
