"""Tests of two samples by simulation: false alarms, power, and how often their intervals hold the truth.

`python -m benchmarks.tests [--number 400] [kind ...]` draws independent values of several shapes, n = 15 and 25, the second with
twice the spread, without a difference and with one of 1.5. Those of series are in `benchmarks.effective`. Nothing is timed.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable

import numpy as np
from scipy import stats

from nsi_notebook.analytics import test
from nsi_notebook.errors import NsiWarning

SHAPES: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "normal": lambda rng, n: rng.normal(size=n),
    "Student's t, 3 degrees": lambda rng, n: rng.standard_t(3, size=n),
    "exponential": lambda rng, n: rng.exponential(size=n) - 1,
}
KINDS = ("welch", "paired", "yuen", "mann-whitney", "wilcoxon", "permutation")
SHIFT, SECOND = 1.5, 2.0
MANY = 1_000_000
ROW = "{:13} {:24} {:>12} {:>7} {:>19} {:>17}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tests", description=__doc__)
    parser.add_argument("kinds", nargs="*", help=f"of {', '.join(KINDS)}; default: all")
    parser.add_argument("--number", type=int, default=400, help="of pairs of samples")
    parser.add_argument("--seed", type=int, default=1, help="of the samples")
    given = parser.parse_args()
    warnings.simplefilter("ignore", NsiWarning)
    print(ROW.format("kind", "values", "false alarms", "power", "interval holds it", "effect's holds it"))
    for kind in given.kinds or KINDS:
        for name, draw in SHAPES.items():
            rng = np.random.default_rng(given.seed)
            found, pairs = [], kind in ("paired", "wilcoxon")
            middle = truth(kind, draw, 0.0)[0]  # what spreads that differ make of values that are skewed
            shifts = -middle, SHIFT - middle
            truths = [truth(kind, draw, shift) for shift in shifts]
            for _ in range(given.number):
                one, other = draw(rng, 15), SECOND * draw(rng, 15 if pairs else 25)
                options = {"resamples": 999} if kind == "permutation" else {}
                for shift, (place, effect) in zip(shifts, truths, strict=True):
                    result = test(one + shift, other, kind=kind, **options)
                    held = result.estimate.lower <= place <= result.estimate.upper
                    held_effect = np.nan if effect is None else result.effect.lower <= effect <= result.effect.upper
                    found.append([result.p <= 0.05, held, held_effect])
            shares = np.array(found, dtype=float).reshape(-1, 2, 3).mean(axis=0)
            effect_said = "" if np.isnan(shares[1, 2]) else f"{shares[1, 2]:.3f}"
            told = f"{shares[0, 0]:.3f}", f"{shares[1, 0]:.2f}", f"{shares[1, 1]:.3f}", effect_said
            print(ROW.format(kind, name, *told), flush=True)


def truth(kind: str, draw: Callable[[np.random.Generator, int], np.ndarray], shift: float) -> tuple[float, float | None]:
    """Give what the estimate and the effect of a test are of, by a million values of each sample."""
    rng = np.random.default_rng(0)
    one, other = draw(rng, MANY) + shift, SECOND * draw(rng, MANY)
    off = one - other
    if kind == "mann-whitney":
        return float(np.median(off)), float((off > 0).mean())
    if kind == "wilcoxon":
        means = (off[: MANY // 2] + off[MANY // 2 :]) / 2
        return float(np.median(means)), float(2 * (means > 0).mean() - 1)
    if kind == "paired":
        return shift, float(shift / off.std())
    if kind == "yuen":
        return float(stats.trim_mean(one, 0.2) - stats.trim_mean(other, 0.2)), None
    return shift, float(shift / np.sqrt((one.var() + other.var()) / 2))


if __name__ == "__main__":
    main()
