"""Theta beside statsforecast's, on generated and real series; the answers are compared.

`python -m benchmarks.forecasts [--number 200]` counts by simulation how often a season and a peak of a spectrum are
seen where there is none, and how often intervals of forecasts hold what comes; and gives the sMAPE of both Thetas.
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
from nsi_notebook.analytics.algorithms.series.periods import strongest
from nsi_notebook.analytics.algorithms.series.spectrum import spectrum
from nsi_notebook.errors import NsiWarning

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
        return [WAYS["theta"](v[:-HORIZON], period, HORIZON, np.ones(len(v) - HORIZON)).value for v, period in few]

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


def simulate(number: int) -> None:
    print(f"seen where there is none, of {', '.join(map(str, LENGTHS))} samples, %: a season at 5 %, at 1 %, a peak at 5 %")
    for name in NOISES:
        rows = [[noise(name, seed, n) for seed in range(number)] for n in LENGTHS]
        p = [np.array([strongest(row).p for row in some]) for some in rows]
        seasons = [100 * np.mean(one < level) for level in (0.05, 0.01) for one in p]
        peaks = [100 * np.mean([len(spectrum(row, alarm=0.05).peaks()) > 0 for row in some]) for some in rows]
        print(f"  {name:28}", *(f"{share:6.1f}" for share in seasons), "  ", *(f"{share:6.1f}" for share in peaks), flush=True)
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


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forecasts", description=__doc__)
    parser.add_argument("--number", type=int, default=200, help="of series of each kind")
    given = parser.parse_args()
    warnings.simplefilter("ignore", NsiWarning)
    many = _real() + _generated(1, 100)
    print(f"sMAPE of {len(many)} series: {smape(many, _ours(many)()):.3f}, statsforecast {smape(many, _theirs(many)()):.3f}")
    simulate(given.number)


if __name__ == "__main__":
    main()
