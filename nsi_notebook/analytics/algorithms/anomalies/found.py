"""What a detector finds among samples: how strange each is, how surely, and why."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from ...core.drawn import Drawn
from ..zones import told_places
from .conformal import Calibration
from .tables import Table

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

FAR = 3.0  # robust standard deviations from which on a measure is far out


@dataclass(frozen=True, slots=True, eq=False)
class Anomalies(Drawn):
    """How strange samples are beside those that were learned.

    Parameters
    ----------
    samples : Table
        What was asked.
    score : numpy array of float64, shape (n,)
        Higher is stranger; NaN of a sample that misses a measure.
    p : numpy array of float64, shape (n,)
        Conformal p-values: the chance that a sample like those that were learned is as strange.
    adjusted : numpy array of float64, shape (n,)
        p for the false discovery rate (Benjamini & Hochberg 1995); p itself where that was not asked.
    median, spread : numpy array of float64, shape (d,)
        Of each measure among the samples that were learned; the spread is 1.4826 times the median absolute deviation.
    calibration : Calibration
        Scores that the p-values rest on.
    alpha : float
        Level: of false alarms, or with `fdr` of false ones among those that are flagged.
    fdr : bool
        Whether p was adjusted.
    method : str
        The detector.
    learned : int
        Samples that it saw.
    of : int
        How many samples there were with those that it saw, if these were the first of them; 0 if not.
    """

    figure: ClassVar[str] = "anomalies"

    samples: Table
    score: Floats
    p: Floats
    adjusted: Floats
    median: Floats
    spread: Floats
    calibration: Calibration
    alpha: float
    fdr: bool
    method: str
    learned: int
    of: int = 0

    def __len__(self) -> int:
        return int(self.flag.sum())

    @property
    def flag(self) -> Flags:
        """Whether a sample is flagged."""
        return ~(np.isnan(self.adjusted) | (self.adjusted > self.alpha))

    @property
    def missing(self) -> int:
        """Samples that have no score."""
        return int(np.isnan(self.score).sum())

    @property
    def deviation(self) -> Floats:
        """How far each measure is from the median of those learned, in robust standard deviations; shape (n, d)."""
        far: Floats = (self.samples.values - self.median) / self.spread
        return far

    @property
    def since(self) -> npt.NDArray[np.int64]:
        """Place of the first sample of the run of flags that a sample is in, -1 where it is in none; missing ones end no run."""
        flag, found, begin = self.flag, np.full(len(self.score), -1), -1
        for at in np.flatnonzero(~np.isnan(self.score)).tolist():
            begin = (at if begin < 0 else begin) if flag[at] else -1
            found[at] = begin
        return found

    @property
    def together(self) -> int:
        """How many samples must be out at once for any to be flagged: more than 1 with `fdr` and few calibration samples."""
        scored = len(self.score) - self.missing
        return max(1, ceil(self.calibration.smallest * scored / self.alpha * (1 - 1e-12))) if self.fdr else 1

    @property
    def false_alarms(self) -> tuple[float, float]:
        """Bounds (95 %) of the share of normal samples that has p <= alpha, given this calibration sample."""
        return self.calibration.interval(self.alpha)

    def why(self, at: int) -> tuple[tuple[str, float], ...]:
        """Give the measures of a sample that are far out, farthest first, and by how many robust standard deviations.

        None of them may be: then it is the combination that was not seen before.
        """
        far = self.deviation[at]
        order = [int(i) for i in np.argsort(-np.abs(far), kind="stable") if abs(far[i]) >= FAR]
        return tuple((self.samples.measures[i], float(far[i])) for i in order)

    def __repr__(self) -> str:
        return f"Anomalies({self.sentence})"

    @property
    def sentence(self) -> str:
        """What was found, in plain words."""
        scored = len(self.score) - self.missing
        told = [flagged_said(len(self), scored, "", self.method, level_said(self.alpha, self.fdr, scored))]
        told[0] += f", beside the first {self.of - len(self.score):,} of {self.of:,}" * bool(self.of)
        told += [f"{self.missing:,} missing"] * bool(self.missing)
        places = np.flatnonzero(self.flag)
        worst = places[np.lexsort((-self.score[places], self.p[places]))][:1].tolist()
        told += [f"strangest {self._place(at)}: {self._told(at)}" for at in worst]
        return "; ".join(told) + "."

    def table(self) -> pd.DataFrame:
        """Give one row for each flagged sample: where, score, p, since when it is out, the farthest measure, and why in words."""
        import pandas as pd

        places, dim = np.flatnonzero(self.flag), self.samples.dim
        far = np.nanargmax(np.abs(self.deviation[places]), axis=1) if len(places) else np.empty(0, dtype=int)
        columns: dict[str, Any] = {
            dim: self.samples.shown(places),
            **{name: texts[places] for name, texts in self.samples.labels.items()},
            "score": self.score[places],
            "p": self.p[places],
            **({"p_adjusted": self.adjusted[places]} if self.fdr else {}),
            "since": self.samples.shown(self.since[places]),
            "measure": np.array(self.samples.measures, dtype=object)[far],
            "value": self.samples.values[places, far],
            "unit": np.array(self.samples.units, dtype=object)[far],
            "deviation": self.deviation[places, far],
            "why": np.array([self._told(at) for at in places.tolist()], dtype=object),
        }
        found = pd.DataFrame(columns)
        found.attrs["units"] = {"score": "1", "p": "1", "deviation": "1"}
        return found

    def to_xarray(self) -> xr.Dataset:
        """Give a Dataset of all samples with the dims of the samples and `measure`."""
        import xarray as xr

        dim = self.samples.dim
        one = {"units": "1"}
        found = {
            "score": (dim, self.score, {**one, "long_name": f"strangeness by {self.method}"}),
            "p": (dim, self.p, {**one, "long_name": "conformal p-value"}),
            "p_adjusted": (dim, self.adjusted, {**one, "long_name": "p for the false discovery rate"}),
            "flag": (dim, self.flag, {**one, "long_name": "whether it is an anomaly"}),
            "since": (dim, self.since, {**one, "long_name": "place of the first sample of the run, -1 outside one"}),
            "deviation": ((dim, "measure"), self.deviation, {**one, "long_name": "robust standard deviations from the median"}),
        }
        if not self.fdr:
            del found["p_adjusted"]
        low, high = self.false_alarms
        told = {
            "method": self.method, "alpha": self.alpha, "fdr": int(self.fdr), "learned": self.learned,
            "calibration_samples": len(self.calibration), "smallest_p": self.calibration.smallest,
            "false_alarms_lower": low, "false_alarms_upper": high, "missing": self.missing,
        }  # fmt: skip
        zone = {"timezone": "UTC"} if self.samples.aware else {}
        coords: dict[str, Any] = {dim: (dim, self.samples.coord, zone), "measure": list(self.samples.measures)}
        coords |= {name: (dim, texts) for name, texts in self.samples.labels.items() if name not in {*found, *coords}}
        return xr.Dataset(found, coords, told)

    def _place(self, at: int) -> str:
        """Say which sample it is: where it lies, and what it is called."""
        names = [str(texts[at]) for texts in self.samples.labels.values()][:1]
        return place_said(self.samples.coord, at, self.samples.zone) + "".join(f" ({name})" for name in names)

    def _told(self, at: int) -> str:
        why = self.why(at)
        if not why and len(self.samples.measures) == 1:
            return f"{self.samples.measures[0]} {self.deviation[at, 0]:+.3g} sd"
        if not why:
            return "no measure is far out alone: their combination is"
        more = f" and {len(why) - 3} more" if len(why) > 3 else ""
        return ", ".join(f"{name} {far:+.3g} sd" for name, far in why[:3]) + more


def place_said(coord: npt.NDArray[Any], at: int, zone: str) -> str:
    """Write a place of a coordinate: of times, which are in UTC, by the clocks of a zone."""
    return f"{told_places(coord[[at]], zone)[0]} {zone}" if coord.dtype.kind == "M" else str(coord[at])


def flagged_said(flagged: int, of: int, what: str, method: str, level: str) -> str:
    """Say how many of so many samples are flagged.

    Examples
    --------
    >>> flagged_said(2, 1000, " of load", "novelty", level_said(0.01, False, 1000))
    '2 of 1,000 samples of load are anomalies by novelty at p <= 0.01 (up to 10 by chance)'
    >>> flagged_said(0, 50, "", "cusum", "")
    'None of 50 samples is an anomaly by cusum'
    """
    kind = "are anomalies" if flagged > 1 else "is an anomaly"
    return f"{f'{flagged:,}' if flagged else 'None'} of {of:,} samples{what} {kind} by {method}{level}"


def level_said(alpha: float, fdr: bool, samples: int) -> str:
    """Say at which level, and of how many samples chance flags some; see `flagged_said`."""
    return f" at fdr {alpha:g}" if fdr else f" at p <= {alpha:g} (up to {alpha * samples:.3g} by chance)"
