import assert from "node:assert/strict";
import { test } from "node:test";
import { heights, position, round125, snap, value } from "../src/shared/scale.ts";

const axis = { lo: -10, hi: 30, start: 8, end: 208 };

test("position and value undo each other, and values outside stop at the ends", () => {
  for (const v of [-10, -3, 0, 17.5, 30]) assert.ok(Math.abs(value(axis, position(axis, v)) - v) < 1e-9);
  assert.equal(value(axis, -500), -10);
  assert.equal(value(axis, 500), 30);
  assert.equal(position({ ...axis, hi: -10 }, 3), 108);
});

test("snapping keeps to the grid and to the decimals", () => {
  assert.equal(snap(0.30000000000000004, 0, 1, 0.001, 3), 0.3);
  assert.equal(snap(12.6, 0, 255, 1, 0), 13);
  assert.equal(snap(-5, 1, 9, 1, 0), 1);
  assert.equal(snap(99, 1, 9, 1, 0), 9);
  assert.equal(snap(99, 0, 1, 0.3, 1), 0.9);
});

test("the tallest bar is 1, heights are square roots, and an empty histogram stays flat", () => {
  assert.deepEqual([...heights([0, 1, 4])], [0, 0.5, 1]);
  assert.deepEqual([...heights([0, 0])], [0, 0]);
});

test("scale bars are 1, 2 or 5 times a power of ten, not longer than asked", () => {
  for (const [limit, wanted] of [[110, 100], [99, 50], [23, 20], [10, 10], [0.0071, 0.005], [1000, 1000]] as const) {
    assert.ok(Math.abs(round125(limit) / wanted - 1) < 1e-9, `${limit}`);
  }
  assert.equal(round125(0), 0);
});
