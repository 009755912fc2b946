"""Theta beside statsforecast's, on generated and real series; the answers are compared.

`python -m benchmarks.forecasts [--number 200] [alarms intervals periods lines smape ...]` counts by simulation how often a season
and a peak of a spectrum are seen where there is none, how often intervals of forecasts hold what comes, how often the period of a
season is right, and a line of a spectrum found; gives the sMAPE of both Thetas, and errors of the ways to forecast seasons.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable

import numpy as np
import statsmodels.api as sm
from statsforecast.models import Theta
from statsforecast.utils import AirPassengers

from nsi_notebook.analytics.algorithms.series.forecasts import forecast
from nsi_notebook.analytics.algorithms.series.methods import WAYS
from nsi_notebook.analytics.algorithms.series.periods import seasons, strongest
from nsi_notebook.analytics.algorithms.series.spectrum import spectrum
from nsi_notebook.errors import NsiWarning
from tests.analytics.algorithms.noises import ar1

from .changes import NOISES, noise
from .compare import Case

HORIZON = 12
LENGTHS = (100, 200, 500)


def cases(seed: int) -> list[Case]:
    """Series of months, real and generated, the last year of which is forecast from the rest."""
    return [
        Case(f"Theta of {len(few)} {kind} series, {what}", "statsforecast Theta", said, _theirs(few), _near(few), 20)
        for kind, few in (("real", _real()), ("generated", _generated(seed, 10)))
        for what, said in (("arrays", _ours(few)), ("forecast(...)", _public(few)))
    ]


def _real() -> list[tuple[np.ndarray, int]]:
    co2 = sm.datasets.co2.load_pandas().data["co2"].resample("MS").mean().interpolate().to_numpy()
    heat = sm.datasets.elnino.load_pandas().data.iloc[:, 1:].to_numpy().ravel()
    nile = sm.datasets.nile.load_pandas().data["volume"].to_numpy(float)
    macro = sm.datasets.macrodata.load_pandas().data
    flat = [(macro[name].to_numpy(float), 1) for name in ("realgdp", "cpi", "unemp")]
    return [(AirPassengers.astype(float), 12), (co2, 12), (heat, 12), (nile, 1), *flat]


def _generated(seed: int, number: int) -> list[tuple[np.ndarray, int]]:
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(number):
        at = np.arange(rng.integers(80, 300))
        level = 100 + np.cumsum(rng.normal(rng.normal(0, 0.3), 1.0, len(at)))
        season = 1 + rng.uniform(0, 0.2) * np.sin(2 * np.pi * (at + rng.integers(12)) / 12)
        found.append((np.maximum(level, 5) * season * np.exp(0.03 * rng.normal(size=len(at))), 12))
    return found


def _ours(few: list[tuple[np.ndarray, int]]) -> Callable[[], list[np.ndarray]]:
    def said() -> list[np.ndarray]:
        return [WAYS["theta"](v[:-HORIZON], (period,), HORIZON, np.ones(len(v) - HORIZON)).value for v, period in few]

    return said


def _public(few: list[tuple[np.ndarray, int]]) -> Callable[[], list[np.ndarray]]:
    return lambda: [forecast(v[:-HORIZON], HORIZON, method="theta", period=period).value for v, period in few]


def _theirs(few: list[tuple[np.ndarray, int]]) -> Callable[[], list[np.ndarray]]:
    return lambda: [Theta(season_length=period).forecast(v[:-HORIZON], HORIZON)["mean"] for v, period in few]


def _near(few: list[tuple[np.ndarray, int]]) -> Callable[[list[np.ndarray], list[np.ndarray]], str]:
    def check(one: list[np.ndarray], other: list[np.ndarray]) -> str:
        mine, peer = (smape(few, said) for said in (one, other))
        assert abs(mine - peer) < 0.2
        return f"sMAPE {mine:.3f} and {peer:.3f} %"

    return check


def smape(few: list[tuple[np.ndarray, int]], said: list[np.ndarray]) -> float:
    """Mean over series of 200 |error| / (|actual| + |forecast|)."""
    pairs = [(values[-HORIZON:], ahead) for (values, _), ahead in zip(few, said, strict=True)]
    return float(np.mean([np.mean(200 * np.abs(a - f) / (np.abs(a) + np.abs(f))) for a, f in pairs]))


def alarms(number: int) -> None:
    print(f"seen where there is none, of {', '.join(map(str, LENGTHS))} samples, %: a season at 5 %, at 1 %, a peak at 5 %")
    for name in NOISES:
        rows = [[noise(name, seed, n) for seed in range(number)] for n in LENGTHS]
        p = [np.array([strongest(row).p for row in some]) for some in rows]
        seasons = [100 * np.mean(one < level) for level in (0.05, 0.01) for one in p]
        peaks = [100 * np.mean([len(spectrum(row, alarm=0.05).peaks()) > 0 for row in some]) for some in rows]
        print(f"  {name:28}", *(f"{share:6.1f}" for share in seasons), "  ", *(f"{share:6.1f}" for share in peaks), flush=True)


def intervals(number: int) -> None:
    print("95 % intervals hold what comes of 6 steps, %: naive, theta; by auto, and the way taken")
    kinds = {
        "white": lambda rng: 10 + rng.normal(size=126),
        "random walk": lambda rng: 50 + np.cumsum(rng.normal(size=126)),
        "walk and noise": lambda rng: 50 + np.cumsum(0.3 * rng.normal(size=126)) + rng.normal(size=126),
        "line and noise": lambda rng: 20 + 0.1 * np.arange(126) + rng.normal(size=126),
    }
    for name, make in kinds.items():
        series = [make(np.random.default_rng(seed)) for seed in range(number)]
        held = {way: [] for way in ("naive", "theta", "auto")}
        for values in series:
            for way, inside in held.items():
                found = forecast(values[:120], 6, method=way, period=1)
                inside.append(((found.lower < values[120:]) & (values[120:] < found.upper)).mean())
        print(f"  {name:16}", *(f"{100 * np.mean(inside):6.1f}" for inside in held.values()), flush=True)


def ways(number: int) -> None:
    print("mean absolute error of what comes, by auto, theta and seasonal: noise has a standard deviation of 1")
    kinds = {
        "hours, day 3, week 1": (1008, 48, (24, 168), lambda at: 3 * _sine(at, 24) + _sine(at, 168)),
        "hours, day 1, week 3": (1008, 48, (24, 168), lambda at: _sine(at, 24) + 3 * _sine(at, 168)),
        "days, week 1, year 1": (1461, 28, (7, 365), lambda at: _sine(at, 7) + _sine(at, 365.25)),
        "days, week 3, year 3": (1461, 28, (7, 365), lambda at: 3 * _sine(at, 7) + 3 * _sine(at, 365.25)),
        "months on a line": (150, 12, (12,), lambda at: 0.3 * at + 10 * _sine(at, 12)),
        "months on a steep line": (150, 12, (12,), lambda at: at + 10 * _sine(at, 12)),
        "months that grow": (150, 12, (12,), lambda at: (100 + at) * (1 + 0.15 * _sine(at, 12)) - 100),
    }
    for name, (n, ahead, known, make) in kinds.items():
        truth, errors = 100 + make(np.arange(n + ahead)), np.empty((number, 3))
        for seed, row in enumerate(errors):
            values = truth + np.random.default_rng(seed).normal(size=n + ahead)
            said = [forecast(values[:n], ahead, period=known, method=way).value for way in ("auto", "theta", "seasonal")]
            row[:] = [np.abs(one - values[n:]).mean() for one in said]
        print(f"  {name:22}", *(f"{error:6.2f}" for error in errors.mean(axis=0)), flush=True)


def _sine(at: np.ndarray, period: float) -> np.ndarray:
    return np.sin(2 * np.pi * at / period)


def _wave(n: int, period: float, seed: int) -> np.ndarray:
    return np.sin(2 * np.pi * (np.arange(n) / period + np.random.default_rng(seed).random()))


def periods(number: int) -> None:
    print("right periods at p < 0.01, %, of waves of 1 and 3 sd in 4, 6 and 10 cycles: as it is, and where it is of the calendar")
    for phi in (0.0, 0.7):
        for period in (7, 12, 24, 28, 96, 168):
            told = []
            for cycles in (4, 6, 10):
                for height in (1, 3):
                    right = np.zeros(2)
                    for seed in range(number):
                        values = height * _wave(cycles * period, period, seed) + ar1(seed, cycles * period, phi)
                        found = [strongest(values, preferred) for preferred in ((), (period,))]
                        right += [one.p < 0.01 and one.samples == period for one in found]
                    told.append("{:4.0f}, {:3.0f}".format(*(100 * right / number)))
            print(f"  AR(1) {phi}, period {period:4}", *told, flush=True)
    print("both of a day and a week named, of six weeks in hours, %")
    for day, week in ((1, 1), (1, 3), (3, 1), (3, 3)):
        both = 0
        for seed in range(number):
            values = day * _wave(1008, 24, seed) + week * _wave(1008, 168, seed + number) + ar1(seed, 1008)
            both += seasons(values, (24, 168), 0.01)[0] == (24, 168)
        print(f"  {day} and {week} sd {100 * both / number:6.0f}", flush=True)


def lines(number: int) -> None:
    heights = (0.5, 1.0, 3.0)
    print(f"a line of height {', '.join(map(str, heights))} is found at 1 %, %; the 95 % interval of its period holds it, %")
    for phi in (0.0, 0.5, 0.9):
        for n in (50, 100, 200, 480):
            seen, held = np.zeros(3), np.zeros(3)
            for seed in range(number):
                period = np.random.default_rng(seed + number).uniform(4, n / 6)
                for i, height in enumerate(heights):
                    peaks = spectrum(height * _wave(n, period, seed) + ar1(seed, n, phi), alarm=0.01).peaks()
                    near = peaks[abs(peaks["frequency"] - 1 / period) < 1 / n]
                    seen[i] += len(near) > 0
                    held[i] += len(near) > 0 and bool(((near["period_lower"] <= period) & (period <= near["period_upper"])).any())
            share = " ".join(f"{100 * one / number:5.0f}" for one in seen)
            print(f"  AR(1) {phi}, n = {n:3}  {share}   {100 * held[2] / max(seen[2], 1):5.0f}", flush=True)


def thetas(number: int) -> None:
    many = _real() + _generated(1, number // 2)
    print(f"sMAPE of {len(many)} series: {smape(many, _ours(many)()):.3f}, statsforecast {smape(many, _theirs(many)()):.3f}")


def main() -> None:
    parts = {"smape": thetas, "alarms": alarms, "intervals": intervals, "periods": periods, "lines": lines, "ways": ways}
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forecasts", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(parts)}; default: all")
    parser.add_argument("--number", type=int, default=200, help="of series of each kind")
    given = parser.parse_args()
    warnings.simplefilter("ignore", NsiWarning)
    for name in given.parts or parts:
        parts[name](given.number)


if __name__ == "__main__":
    main()
