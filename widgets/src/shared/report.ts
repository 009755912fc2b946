/** Errors of the browser half go back to the notebook instead of dying in the console. */
import type { Model } from "./anywidget.ts";

export interface Report {
  kind: "error";
  message: string;
  stack: string;
  where: string;
}

export function describe(error: unknown, where: string): Report {
  if (error instanceof Error) {
    return { kind: "error", message: `${error.name}: ${error.message}`, stack: error.stack ?? "", where };
  }
  return { kind: "error", message: String(error), stack: "", where };
}

export type Guard = <A extends unknown[]>(where: string, fn: (...args: A) => void) => (...args: A) => void;

/** Make a wrapper for handlers: what one throws is sent to Python and handed to `show`. */
export function guardFor(model: Pick<Model, "send">, show: (text: string) => void): Guard {
  return (where, fn) =>
    (...args) => {
      try {
        fn(...args);
      } catch (error) {
        const report = describe(error, where);
        show(report.message);
        model.send(report);
      }
    };
}
