import assert from "node:assert/strict";
import { test } from "node:test";
import { cut, decode, paint, palette } from "../src/shared/tint.ts";

test("the tinted pixels are those that Python calls void: dark is value <= t, bright is value > t", () => {
  const levels = new Uint8Array([0, 99, 100, 101, 255]);
  const colours = palette(8, 0, 1, 0, 255, [255, 0, 0]);
  const out = new Uint32Array(5);
  for (const t of [-1, 0, 99.5, 100, 100.5, 254, 255, 300]) {
    for (const phase of ["dark", "bright"] as const) {
      paint(levels, cut(t, 0, 1, 255), phase, colours, out);
      const seen = [...out].map((c, i) => c === colours.tinted[levels[i]!]);
      const wanted = [...levels].map((v) => (phase === "dark" ? v <= t : v > t));
      assert.deepEqual(seen, wanted, `${phase} at ${t}`);
    }
  }
});

test("a palette runs from black to white in the contrast window and is opaque", () => {
  const { plain, tinted } = palette(8, 0, 1, 50, 150, [0, 158, 201], 1);
  assert.equal(plain[0], 0xff000000);
  assert.equal(plain[50], 0xff000000);
  assert.equal(plain[150], 0xffffffff);
  assert.equal(plain[100], 0xff808080);
  assert.equal(tinted[7], 0xffc99e00);
});

test("16-bit levels are read from any byte offset", () => {
  const bytes = new Uint8Array([7, 1, 0, 2, 1, 255, 255]);
  assert.deepEqual([...decode(new DataView(bytes.buffer, 1), 16)], [1, 258, 65535]);
  assert.deepEqual([...decode(new DataView(bytes.buffer, 5), 8)], [255, 255]);
  assert.throws(() => decode(new DataView(bytes.buffer), 12), RangeError);
});

test("pixels that do not fill the picture are refused", () => {
  assert.throws(() => paint(new Uint8Array(3), 0, "dark", palette(8, 0, 1, 0, 1, [0, 0, 0]), new Uint32Array(4)), /3 levels/);
});
