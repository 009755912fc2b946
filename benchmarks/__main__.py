"""Run the cases whose name holds all the words of the command line, on images of a seed; `heavy` ones only by that word."""

from __future__ import annotations

import argparse
import warnings

from . import (
    alarms,
    anomaly,
    cache,
    changes,
    components,
    correlation,
    curves,
    engine,
    events,
    forecasts,
    frames,
    heavy,
    lengths,
    measures,
    novelty,
    postgres,
    regression,
    store,
    topology,
    windows,
)
from .compare import run

MODULES = (
    frames, measures, components, lengths, curves, topology, events, store, postgres, windows, engine, cache, changes,
    correlation, forecasts, regression, anomaly, novelty, alarms,
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("words", nargs="*", help="run only the cases that hold these")
    parser.add_argument("--seed", type=int, default=1, help="of the images")
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # the peers' own
    print(f"{'ratio':>7} {'(range)':>14} {'target':>7} {'ours':>9} {'theirs':>10}  case")
    modules = (heavy,) if "heavy" in given.words else MODULES
    for case in (case for module in modules for case in module.cases(given.seed)):
        if not all(word.lower() in f"{case.name} {case.peer}".lower() for word in given.words):
            continue
        got = run(case)
        spread = f"({got.least:.0f}-{got.most:.0f})" if got.least >= 10 else f"({got.least:.1f}-{got.most:.1f})"
        ratio = f"{got.ratio:.0f}x" if got.ratio >= 10 else f"{got.ratio:.1f}x"
        times = f"{got.ours:>6.1f} ms {got.theirs:>7.0f} ms"
        print(f"{ratio:>7} {spread:>14} {case.target:>6g}x {times}  {case.name}; {case.peer}; {got.agreement}", flush=True)


main()
