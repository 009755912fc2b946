import assert from "node:assert/strict";
import { test } from "node:test";
import { ours } from "../src/shared/keys.ts";

const none = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };

test("plain keys of sliders and buttons are ours, all others and those with a modifier are not", () => {
  for (const key of ["ArrowLeft", "ArrowUp", "PageDown", "Home", "End", "Enter", " "]) assert.equal(ours({ ...none, key }), true, key);
  for (const key of ["a", "Tab", "Escape", "ArrowLefty", "F5"]) assert.equal(ours({ ...none, key }), false, key);
  assert.equal(ours({ ...none, key: "Enter", shiftKey: true }), false);
  assert.equal(ours({ ...none, key: "End", ctrlKey: true }), false);
});
