/** Choose a threshold over the image; browser half of nsi_notebook/widgets/threshold.py. */
import { make } from "./parts/dom.ts";
import { Histogram } from "./parts/histogram.ts";
import { Picture } from "./parts/picture.ts";
import { type Choice, checkView, type Numbers, type View } from "./parts/state.ts";
import type { RenderProps } from "./shared/anywidget.ts";
import { keepKeys } from "./shared/keys.ts";
import { Latest } from "./shared/latest.ts";
import { guardFor } from "./shared/report.ts";
import { count, percent, short, unit } from "./shared/text.ts";
import type { Phase } from "./shared/tint.ts";
import css from "./threshold.css";

const PHASES: readonly Phase[] = ["dark", "bright"];
let views = 0;

function render({ model, el }: RenderProps): () => void {
  const id = `view-${Date.now().toString(36)}-${++views}`;
  const style = make("style", "", { textContent: css });
  const root = make("div", "nsi-threshold");
  root.setAttribute("role", "group");
  const problem = make("p", "nsi-problem", { hidden: true });
  problem.setAttribute("role", "alert");
  const show = (text: string): void => {
    problem.textContent = text;
    problem.hidden = text === "";
  };
  const guard = guardFor(model, show);
  const release = keepKeys(root);
  const body = make("div", "nsi-body");
  root.append(body, problem);
  el.append(style, root);

  let close = (): void => {};
  const build = guard("drawing", () => {
    close();
    body.replaceChildren();
    close = panel(checkView(model.get("_view")));
    show(String(model.get("_problem") ?? ""));
  });
  const onProblem = guard("showing a problem", () => show(String(model.get("_problem") ?? "")));

  function panel(view: View): () => void {
    const first = model.get("_numbers") as Numbers;
    const now: Choice = { threshold: first.threshold, phase: first.phase, frame: { ...first.frame } };
    root.setAttribute("aria-label", `threshold of ${view.title}`);

    let waiting: ReturnType<typeof setTimeout> | undefined;
    const latest = new Latest<Choice>(
      (seq, value) => {
        clearTimeout(waiting);
        waiting = setTimeout(() => root.classList.add("nsi-waiting"), 500);
        model.send({ kind: "move", seq, from: id, ...value });
      },
      (run) => requestAnimationFrame(guard("sending", run)),
    );

    const picture = new Picture(view);
    const output = make("output", "nsi-value");
    const move = (change: Partial<Choice>): void => {
      Object.assign(now, change);
      draw();
      latest.push({ ...now, frame: { ...now.frame } });
    };
    const histogram = new Histogram(view, guard, (threshold) => move({ threshold }));

    const toggles = PHASES.map((phase) => {
      const button = make("button", "nsi-toggle", { type: "button", textContent: phase, title: `the void is the ${phase} part` });
      button.addEventListener("click", guard("choosing the phase", () => move({ phase })));
      return { phase, button };
    });
    const chips = view.marks.map((mark) => {
      const button = make("button", "nsi-chip", { type: "button", title: `threshold of the method ${mark.name}` },
        mark.name, make("b", "", { textContent: short(mark.value, view.digits + 1) }));
      button.addEventListener("click", guard("taking a mark", () => move({ threshold: mark.value })));
      return { mark, button };
    });
    const cards = {
      void_fraction: make("output", "nsi-number"), component_count: make("output", "nsi-number"), euler_number: make("output", "nsi-number"),
    };
    const card = (name: string, value: HTMLElement): HTMLElement => make("label", "nsi-card", {}, make("span", "nsi-name", { textContent: name }), value);
    const stats = make("div", "nsi-stats", {},
      card("void fraction", cards.void_fraction), card("components", cards.component_count), card("Euler number", cards.euler_number));

    const frames = view.frames.map((axis) => {
      const input = make("input", "nsi-range", { type: "range", min: "0", max: String(axis.size - 1), step: "1" });
      input.setAttribute("aria-label", `frame along ${axis.dim}`);
      const label = make("span", "nsi-at");
      input.addEventListener("input", guard("choosing a frame", () => move({ frame: { ...now.frame, [axis.dim]: Number(input.value) } })));
      return { axis, input, label, node: make("label", "nsi-frame", {}, make("span", "", { textContent: axis.dim }), input, label) };
    });

    const use = make("button", "nsi-use", { type: "button", textContent: "Use this threshold" });
    use.addEventListener("click", guard("using the threshold", () => model.send({ kind: "choose", ...now })));
    const code = make("code", "");
    const copy = make("button", "nsi-copy", { type: "button", textContent: "Copy" });
    const chosen = make("div", "nsi-chosen", { hidden: true }, code, copy);
    copy.addEventListener("click", guard("copying", () => {
      const range = document.createRange();
      range.selectNodeContents(code);
      window.getSelection()?.removeAllRanges();
      window.getSelection()?.addRange(range);
      copy.textContent = "Press Ctrl+C"; // the line is selected; pages without https have no clipboard
      void navigator.clipboard?.writeText(code.textContent ?? "").then(() => { copy.textContent = "Copied"; }, () => {});
    }));

    const phases = make("div", "nsi-phases", {}, make("span", "nsi-dim", { textContent: "void is" }), ...toggles.map((t) => t.button));
    phases.setAttribute("role", "group");
    phases.setAttribute("aria-label", "which part is void");
    const marks = make("div", "nsi-marks", {}, ...chips.map((c) => c.button));
    marks.setAttribute("role", "group");
    marks.setAttribute("aria-label", "thresholds of automatic methods");
    body.append(
      make("div", "nsi-left", {}, picture.node, ...frames.map((f) => f.node),
        make("p", "nsi-caption", {}, make("b", "", { textContent: view.title }), ` ${view.caption}`)),
      make("div", "nsi-right", {},
        make("div", "nsi-head", {}, make("span", "nsi-dim", { textContent: "threshold" }), output, phases),
        histogram.node, marks, stats, make("p", "nsi-note", { textContent: view.note }),
        make("div", "nsi-actions", {}, use, chosen)),
    );

    function draw(): void {
      const text = `${short(now.threshold, view.digits + 1)} ${unit(view.units)}`.trim();
      output.textContent = text;
      picture.draw(now.threshold, now.phase, `${view.title} with the part ${now.phase === "dark" ? "at or below" : "above"} ${text} tinted`);
      histogram.draw(now.threshold, now.phase);
      for (const { phase, button } of toggles) button.setAttribute("aria-pressed", String(phase === now.phase));
      for (const { mark, button } of chips) button.setAttribute("aria-pressed", String(mark.value === now.threshold));
      for (const { axis, input, label } of frames) {
        const at = now.frame[axis.dim] ?? 0;
        input.value = String(at);
        label.textContent = axis.labels[at] ?? `${at + 1} of ${axis.size}`;
        input.setAttribute("aria-valuetext", label.textContent);
      }
    }
    const onNumbers = guard("showing the numbers", () => {
      const numbers = model.get("_numbers") as Numbers;
      if (numbers.from === id) latest.done(numbers.seq);
      cards.void_fraction.textContent = percent(numbers.void_fraction);
      cards.component_count.textContent = count(numbers.component_count);
      cards.euler_number.textContent = count(numbers.euler_number);
      if (!latest.idle) return;
      clearTimeout(waiting);
      root.classList.remove("nsi-waiting");
      Object.assign(now, { threshold: numbers.threshold, phase: numbers.phase, frame: { ...numbers.frame } });
      draw();
    });
    const onPixels = guard("loading a frame", () => {
      picture.load(model.get("_pixels") as DataView);
      draw();
    });
    const onCode = guard("showing the choice", () => {
      code.textContent = String(model.get("_code") ?? "");
      copy.textContent = "Copy";
      chosen.hidden = code.textContent === "";
    });
    picture.load(model.get("_pixels") as DataView);
    const listeners: [string, () => void][] = [["change:_numbers", onNumbers], ["change:_pixels", onPixels], ["change:_code", onCode]];
    for (const [event, listener] of listeners) model.on(event, listener);
    onNumbers();
    onCode();
    return () => {
      clearTimeout(waiting);
      histogram.close();
      for (const [event, listener] of listeners) model.off(event, listener);
    };
  }

  model.on("change:_view", build);
  model.on("change:_problem", onProblem);
  build();
  return () => {
    close();
    release();
    model.off("change:_view", build);
    model.off("change:_problem", onProblem);
  };
}

export default { render };
