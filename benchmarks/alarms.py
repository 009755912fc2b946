"""Rules beside plain Python loops that say the same, and an anomaly rule beside one that River scores.

A rule has states, no-data deadlines, labels, a state that survives a restart and any number of series; the loops have none of it.
`python -m benchmarks.alarms [--samples 50000]` prints samples a second of each kind of rule, and that batches of any size, and a
restart in the middle, give the transitions of the whole.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np

from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.analytics.processors.alarms import Alarms, Rules

from .compare import Case

NOON = np.datetime64("2026-11-26T12:00:00", "us")
EACH: dict[str, dict[str, Any]] = {
    "threshold": {"above": 2.5, "exit": 1.0},
    "threshold, for 3 samples": {"above": 1.5, "exit": 1.0, "for_points": 3, "no_data_after": "1min"},
    "rate": {"kind": "rate", "window": "30s", "above": 0.05},
    "change": {"kind": "change", "window": "30s", "above": 0.5},
    "change in robust sd": {"kind": "change", "window": "30s", "above": 0.7, "scale": "sd"},
    "absence": {"kind": "absence", "after": "1min"},
    **{
        f"anomaly, {name}": {"kind": "anomaly", "alpha": 0.01, "calibration": 200, "detector": name, "options": options}
        for name, options in (("robust_z", {}), ("novelty", {}), ("ewma", {}), ("half_space_trees", {"window": 200}))
    },
}


def cases(seed: int) -> list[Case]:
    """Rules over one series; the same moments of firing are said."""
    came, trees = _samples(seed, 20_000), _samples(seed, 2000)
    return [
        Case("rule: threshold, 20,000 samples", "a loop in Python", _ours("threshold", came), _threshold(came), _same, 0.01),
        Case("rule: rate over 30 s, 20,000 samples", "a loop with np.polyfit", _ours("rate", came), _rate(came), _same, 1.5),
        Case("rule: anomaly by novelty, 2,000 samples", "River's trees, scored and calibrated alike",
             _ours("anomaly, novelty", trees), _river(trees), _both, 3),
    ]  # fmt: skip


def _samples(seed: int, n: int) -> Batch:
    values = np.random.default_rng(seed).normal(size=n)
    values += np.sin(np.arange(n) / 200)
    return Batch.of("oven.heat", values, NOON + np.arange(n) * np.timedelta64(1, "s"), tz="UTC")


def _rules(kind: str) -> Rules:
    return Rules.of({"rule": [{"name": "odd", "series": "oven.heat", **EACH[kind]}]})


def _ours(kind: str, came: Batch) -> Callable[[], list[int]]:
    rules = _rules(kind)
    return lambda: [step.time for step in Alarms(rules).push(came) if step.after == "firing"]


def _threshold(came: Batch) -> Callable[[], list[int]]:
    def work() -> list[int]:
        fires, found = False, []
        for moment, value in zip(came.time.tolist(), came.value.tolist(), strict=True):
            if fires:
                fires = value > 1.0
            elif value > 2.5:
                fires = True
                found.append(moment)
        return found

    return work


def _rate(came: Batch) -> Callable[[], list[int]]:
    def work() -> list[int]:
        fires, found = False, []
        held = deque[tuple[int, float]]()
        for moment, value in zip(came.time.tolist(), came.value.tolist(), strict=True):
            held.append((moment, value))
            while held[0][0] <= moment - 30_000_000:
                held.popleft()
            if moment - held[0][0] < 15_000_000:
                continue
            x, y = np.array(held).T
            before, fires = fires, bool(np.polyfit((x - moment) / 1e6, y, 1)[0] > 0.05)
            if fires and not before:
                found.append(moment)
        return found

    return work


def _river(came: Batch) -> Callable[[], list[int]]:
    from river import anomaly

    def work() -> list[int]:
        trees = anomaly.HalfSpaceTrees(n_trees=10, height=8, window_size=200, limits={"x": (-6, 6)}, seed=0)
        scores, fires, found = deque[float](maxlen=200), False, []
        for moment, value in zip(came.time.tolist(), came.value.tolist(), strict=True):
            score = trees.score_one({"x": value})
            trees.learn_one({"x": value})
            if len(scores) == 200:
                before, fires = fires, (1 + sum(other >= score for other in scores)) / 201 <= 0.01
                if fires and not before:
                    found.append(moment)
            scores.append(score)
        return found

    return work


def _same(one: list[int], other: list[int]) -> str:
    assert one == other
    return f"the same {len(one)} firings"


def _both(one: list[int], other: list[int]) -> str:
    assert one
    return f"{len(one)} firings, {len(other)} of River's"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.alarms", description=__doc__)
    parser.add_argument("--samples", type=int, default=50_000, help="of the series")
    came = _samples(1, parser.parse_args().samples)
    n, micros = len(came), came.time
    for kind in EACH:
        rules = _rules(kind)
        few = came.take(np.arange(n) < 5000)
        whole = [*map(repr, Alarms(rules).push(few))]  # also compiles what there is to compile
        for size in (1, 77):
            alarms, told = Alarms(rules), list[str]()
            for i in range(0, len(few), size):
                if i // size == 30:
                    alarms = Alarms(rules, json.loads(json.dumps(alarms.state())))
                told += map(
                    repr, alarms.push(few.take((micros[:5000] >= micros[i]) & (micros[:5000] < micros[i] + size * 10**6)))
                )
            assert told == whole, kind
        alarms, begun = Alarms(rules), time.perf_counter()
        steps = [step for i in range(0, n, 1000) for step in alarms.push(came.take(slice(i, i + 1000)))]
        rate = n / (time.perf_counter() - begun)
        fired = sum(step.after == "firing" for step in steps)
        print(f"{kind:28} {rate:12,.0f} samples a second, {fired} firings of {n:,}; replay and restart give the same", flush=True)


if __name__ == "__main__":
    main()
