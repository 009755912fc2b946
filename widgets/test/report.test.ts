import assert from "node:assert/strict";
import { test } from "node:test";
import { checkView } from "../src/parts/state.ts";
import { guardFor } from "../src/shared/report.ts";
import { count, percent, short, unit } from "../src/shared/text.ts";

test("what a handler throws is sent to Python with its stack, and shown", () => {
  const sent: unknown[] = [];
  const shown: string[] = [];
  const guard = guardFor({ send: (m) => sent.push(m) }, (t) => shown.push(t));
  guard("drawing", (n: number) => { throw new RangeError(`bad ${n}`); })(3);
  guard("text", () => { throw "plain"; })();
  guard("fine", () => {})();
  const [first, second] = sent as { kind: string; message: string; stack: string; where: string }[];
  assert.equal(sent.length, 2);
  assert.deepEqual([first!.kind, first!.message, first!.where], ["error", "RangeError: bad 3", "drawing"]);
  assert.match(first!.stack, /report\.test/);
  assert.equal(second!.message, "plain");
  assert.deepEqual(shown, ["RangeError: bad 3", "plain"]);
});

test("an image record that lacks fields is refused by their names", () => {
  assert.throws(() => checkView({ rows: 3, cols: 4 }), /lacks aspect, bits/);
  assert.throws(() => checkView(null), TypeError);
});

test("numbers as people read them", () => {
  assert.equal(percent(0.12345), "12.35 %");
  assert.equal(percent(Number.NaN), "–");
  assert.equal(count(-1234567), "−1\u2009234\u2009567");
  assert.equal(short(0.5, 3), "0.5");
  assert.equal(short(1e300, 400), "1e+300");
  assert.equal(unit("um"), "µm");
  assert.equal(unit("mm"), "mm");
});
