/** The image with its void tinted, and a scale bar. */
import { round125 } from "../shared/scale.ts";
import { unit } from "../shared/text.ts";
import { cut, decode, type Palette, paint, palette, type Phase, type Rgb } from "../shared/tint.ts";
import { context2d, make } from "./dom.ts";
import type { View } from "./state.ts";

export const TINT: Rgb = [0, 158, 201];

export class Picture {
  readonly node: HTMLElement;
  #canvas = make("canvas", "nsi-image");
  #bar = make("span", "nsi-bar");
  #view: View;
  #colours: Palette;
  #levels: Uint8Array | Uint16Array = new Uint8Array();
  #pixels: ImageData;
  #context: CanvasRenderingContext2D;

  constructor(view: View) {
    this.#view = view;
    this.#canvas.width = view.cols;
    this.#canvas.height = view.rows;
    this.#canvas.setAttribute("role", "img");
    this.#canvas.style.aspectRatio = `${view.cols} / ${view.rows * view.aspect}`;
    this.#context = context2d(this.#canvas);
    this.#pixels = this.#context.createImageData(view.cols, view.rows);
    this.#colours = palette(view.bits, view.zero, view.scale, view.black, view.white, TINT);
    const length = round125((view.cols * view.sample) / 3.5);
    this.#bar.style.width = `${(100 * length) / (view.cols * view.sample)}%`;
    this.#bar.textContent = `${length >= 1e5 || length < 1e-3 ? length.toExponential(0) : Number(length.toPrecision(1))} ${unit(view.unit)}`;
    this.node = make("figure", "nsi-picture", {}, this.#canvas, this.#bar);
    if (view.rows * view.aspect > view.cols) this.node.classList.add("nsi-tall");
  }

  load(buffer: DataView): void {
    const levels = decode(buffer, this.#view.bits);
    const wanted = this.#view.rows * this.#view.cols;
    if (levels.length !== wanted) throw new RangeError(`${levels.length} pixels came for an image of ${wanted}`);
    this.#levels = levels;
  }

  draw(threshold: number, phase: Phase, label: string): void {
    const { bits, zero, scale } = this.#view;
    const out = new Uint32Array(this.#pixels.data.buffer);
    paint(this.#levels, cut(threshold, zero, scale, 2 ** bits - 1), phase, this.#colours, out);
    this.#context.putImageData(this.#pixels, 0, 0);
    this.#canvas.setAttribute("aria-label", label);
  }
}
