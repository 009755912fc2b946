"""Detectors of single series beside River's: arrays, and values one by one.

`python -m benchmarks.novelty [--number 200] [changes discoveries alarms paces ...]` counts by simulation how often CUSUM alarms;
what `fdr` holds of 20 series at each moment, and over all of them; how often each detector has a p-value of 0.05 or 0.01 where
nothing is wrong, in series of white noise and of noise that remembers, and in how many runs of such values; and what is flagged
where what calibrates was sampled otherwise.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from itertools import product

import numpy as np
import xarray as xr
from river import anomaly, drift
from scipy.stats import false_discovery_control

from nsi_notebook.analytics.algorithms.anomalies.found_in_series import SeriesAnomalies
from nsi_notebook.analytics.algorithms.anomalies.registry import STREAMS, detector
from nsi_notebook.analytics.algorithms.anomalies.watched import detect_series
from tests.analytics.algorithms.noises import ORDERS, ar1, noise

from .compare import Case

COUNT = 20_000
HEIGHTS = (1, 2, 4)


def cases(seed: int) -> list[Case]:
    """Arrays of a series, and the same values one by one."""
    x = ar1(seed, COUNT, 0.9)
    listed = x.tolist()
    trees = _told(lambda: anomaly.HalfSpaceTrees(seed=1, limits={"x": (-5, 5)}), listed, lambda value: ({"x": value},))
    absolute = _told(anomaly.StandardAbsoluteDeviation, listed, lambda value: (None, value))
    gaussian = _told(lambda: anomaly.GaussianScorer(grace_period=10), listed, lambda value: (None, value))
    what = f"of {COUNT} values"
    return [
        Case(f"1-NN novelty {what}, an array", "River half-space trees", _array("novelty"), trees, _scored, 50),
        Case(f"1-NN novelty {what}, an array", "River StandardAbsoluteDeviation", _array("novelty"), absolute, _scored, 3),
        Case(f"z {what}, an array", "River StandardAbsoluteDeviation", _array("ewma", weight=1), absolute, _same, 3),
        Case(f"z {what}, one by one", "River StandardAbsoluteDeviation", _ours("ewma", listed, weight=1), absolute, _same, 0.5),
        Case(f"z {what}, one by one", "River GaussianScorer", _ours("ewma", listed, weight=1), gaussian, _scored, 0.5),
        Case(f"1-NN novelty {what}, one by one", "River half-space trees", _ours("novelty", listed), trees, _scored, 5),
        Case(f"Page and Hinkley {what}, an array", "River PageHinkley", _alarms(x), _theirs(listed), _equal, 20),
    ]


def _array(name: str, **options: object) -> Callable[[], np.ndarray]:
    x = ar1(1, COUNT, 0.9)
    return lambda: detector(name, **options).replay(x)[0]


def _ours(name: str, listed: list[float], **options: object) -> Callable[[], np.ndarray]:
    return _told(lambda: detector(name, **options), listed, lambda value: (value,))


def _told(make: Callable[[], object], listed: list[float], given: Callable[[float], tuple]) -> Callable[[], np.ndarray]:
    def told() -> np.ndarray:
        model = make()
        found = np.empty(len(listed))
        for t, value in enumerate(listed):
            args = given(value)
            found[t] = model.score_one(*args)
            model.learn_one(*args)
        return found

    return told


def _alarms(x: np.ndarray) -> Callable[[], np.ndarray]:
    return lambda: np.flatnonzero(detector("page_hinkley", delta=0.5, threshold=20.0).replay(x)[0] > 20.0)


def _theirs(listed: list[float]) -> Callable[[], np.ndarray]:
    def told() -> np.ndarray:
        model = drift.PageHinkley(delta=0.5, threshold=20.0)
        found = []
        for t, value in enumerate(listed):
            model.update(value)
            if model.drift_detected:
                found.append(t)
        return np.array(found)

    return told


def _scored(one: np.ndarray, other: np.ndarray) -> str:
    assert len(one) == len(other)
    return "other scores"


def _same(one: np.ndarray, other: np.ndarray) -> str:
    np.testing.assert_allclose(one[10:], other[10:], rtol=1e-8)
    return "the same scores, to 1e-8"


def _equal(one: np.ndarray, other: np.ndarray) -> str:
    np.testing.assert_array_equal(one, other)
    return f"the same {len(one)} alarms"


def alarms(number: int) -> None:
    """Half of 4000 values calibrates, the other half is judged."""
    print("share of p <= alpha, in %, and runs of such values per 1000; mean over series, and the largest share of one")
    print(f"{'':18}", *(f"{f'AR(1) {phi}, alpha {alpha}':>26}" for phi in (0, 0.5, 0.9) for alpha in (0.05, 0.01)))
    for name in STREAMS:
        line = []
        few = min(number, 20) if name == "half_space_trees" else number
        for phi in (0.0, 0.5, 0.9):
            p = [_p(name, ar1(seed, 4000, phi)) for seed in range(few)]
            for alpha in (0.05, 0.01):
                hits = [each <= alpha for each in p]
                shares = [100 * hit.mean() for hit in hits]
                runs = np.mean([1000 * (np.diff(hit.astype(int), prepend=0) > 0).mean() for hit in hits])
                line.append(f"{np.mean(shares):8.2f} {runs:6.1f} ({max(shares):5.1f})".rjust(26))
        print(f"{name:18}", *line, flush=True)


def changes(number: int) -> None:
    """Half of 4000 values tells how long the noise remembers; the mean changes at 3000, or does not."""
    print(
        "CUSUM: false alarms per 1000 samples, with memory=1 and measured; % of series that alarm within 100 samples of a change"
    )
    print(f"{'':18} {'memory=1':>9} {'measured':>9}  change of {'  '.join(f'{height} sd' for height in HEIGHTS)}")
    for kind in ORDERS:
        series = noise(kind, (number, 4000), np.random.default_rng(1))
        series /= series.std()
        rates = [1000 * _watched(series, memory=memory).flag[:, 2000:].mean() for memory in (1.0, None)]
        found = [_watched(series + height * (np.arange(4000) >= 3000)).flag[:, 3000:3100] for height in HEIGHTS]
        shares = [100 * flag.any(axis=1).mean() for flag in found]
        print(f"{kind:18} {rates[0]:9.2f} {rates[1]:9.2f}           {'  '.join(f'{share:4.0f}' for share in shares)}", flush=True)


def discoveries(number: int, alpha: float = 0.05) -> None:
    """Of 20 series some are out by 6 deviations at some of 1000 moments."""
    print(f"fdr at alpha {alpha}, 20 series, 1000 moments: false share of a moment where some are out, and where none is;")
    print("then false share of all flags, and share found, by BH of each moment, by BH of all moments at once, and without BH")
    for calibrate, out, share in product((1000, 4000), (1, 6), (0.1, 0.01)):
        told = np.nanmean([_discovered(seed, calibrate, out, share, alpha) for seed in range(number)], axis=0)
        what = f"{calibrate} calibrate, {out} of 20 out at {100 * share:g} % of moments"
        ways = "  ".join(f"{false:.3f} {found:.3f}" for false, found in told[2:].reshape(3, 2))
        print(f"{what:52} {told[0]:.3f} {told[1]:.3f}  {ways}", flush=True)


def _discovered(seed: int, calibrate: int, count: int, share: float, alpha: float) -> np.ndarray:
    rng = np.random.default_rng(seed)
    out = np.zeros((20, 1000), dtype=bool)
    out[:count, hit := rng.random(1000) < share] = True
    x = rng.normal(size=(20, calibrate + 1000))
    x[:, calibrate:] += 6.0 * out
    many = xr.DataArray(x, dims=("series", "sample"))
    found = detect_series(many, "ewma", "sample", weight=1, alpha=alpha, calibrate=calibrate, fdr=True)
    flag, p = found.flag[:, calibrate:], found.p[:, calibrate:]
    at_once = false_discovery_control(p.ravel()).reshape(p.shape) <= alpha
    each = (flag & ~out).sum(axis=0) / np.maximum(flag.sum(axis=0), 1)
    ways = [((m & ~out).sum() / max(m.sum(), 1), (m & out).sum() / max(out.sum(), 1)) for m in (flag, at_once, p <= alpha)]
    return np.array([each[hit].mean() if hit.any() else np.nan, each[~hit].mean(), *np.ravel(ways)])


def paces(number: int) -> None:
    """Of a process that forgets in a minute 1000 values calibrate and 1000 are asked; detectors are not told of the times."""
    print("flags at alpha 0.05, in %, of cusum alarms in 1000: every 60 s; then 2 s; 2 s, then 60 s; waits at random; 40 % off")
    for name in (one for one in STREAMS if one not in ("ar_residual", "seasonal_z")):
        told = []
        for pace in range(5):
            flags = []
            for seed in range(min(number, 8) if name == "half_space_trees" else number):
                rng = np.random.default_rng(seed)
                even, odd = np.full(1000, 60.0), np.full(1000, 2.0)
                ways = ((even, even), (even, odd), (odd, even))
                wait = np.concatenate(ways[pace]) if pace < 3 else rng.exponential(60, 2000) if pace == 3 else None
                wait = 60 + rng.uniform(-24, 24, 2000) if wait is None else wait
                keeps, x = np.exp(-wait / 60), [rng.normal()]
                for kept, new in zip(keeps[1:], rng.normal(size=1999), strict=True):
                    x.append(kept * x[-1] + np.sqrt(1 - kept**2) * new)
                flag = detect_series(np.round(x, 1), name, alpha=0.05, calibrate=1000).flag[0, 999:].astype(int)
                flags.append((np.diff(flag) == 1).sum() if name == "cusum" else 100 * flag[1:].mean())
            told.append(f"{np.mean(flags):6.1f}")
        print(f"{name:18}", *told, flush=True)


def _watched(series: np.ndarray, **options: float | None) -> SeriesAnomalies:
    return detect_series(xr.DataArray(series, dims=("series", "sample")), "cusum", "sample", **options)


def _p(name: str, x: np.ndarray) -> np.ndarray:
    return detector(name).fit(x[:2000]).p_values(x[2000:])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.novelty", description=__doc__)
    parts = {"changes": changes, "discoveries": lambda number: discoveries(max(number // 5, 1)), "alarms": alarms, "paces": paces}
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(parts)}; default: all")
    parser.add_argument("--number", type=int, default=200, help="of series of each kind")
    given = parser.parse_args()
    for name in given.parts or parts:
        parts[name](given.number)


if __name__ == "__main__":
    main()
