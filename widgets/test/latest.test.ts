import assert from "node:assert/strict";
import { test } from "node:test";
import { Latest } from "../src/shared/latest.ts";

function bench() {
  const sent: [number, string][] = [];
  const frames: (() => void)[] = [];
  const latest = new Latest<string>((seq, value) => sent.push([seq, value]), (run) => frames.push(run));
  const frame = (): void => frames.splice(0).forEach((run) => run());
  return { sent, frames, latest, frame };
}

test("many values in one frame are one message with the newest", () => {
  const { sent, frames, latest, frame } = bench();
  for (const v of "abc") latest.push(v);
  assert.equal(frames.length, 1);
  frame();
  assert.deepEqual(sent, [[1, "c"]]);
});

test("while one is under way only the newest waits, and goes when the answer comes", () => {
  const { sent, latest, frame } = bench();
  latest.push("a");
  frame();
  for (const v of "bcd") latest.push(v);
  frame();
  assert.equal(sent.length, 1);
  latest.done(99);
  frame();
  assert.equal(sent.length, 1);
  latest.done(1);
  frame();
  assert.deepEqual(sent, [[1, "a"], [2, "d"]]);
  assert.equal(latest.idle, false);
  latest.done(2);
  assert.equal(latest.idle, true);
});
