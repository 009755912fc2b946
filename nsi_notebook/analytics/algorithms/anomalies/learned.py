"""What was learned of a table, and the p-values of samples beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ....errors import SeriesError, warn
from ..moments import refuse_infinite
from .conformal import Calibration
from .one_row import one_row
from .tables import Table

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """The models of the folds, what calibrates them, and the measures that they know.

    Parameters
    ----------
    models : list
        One of a split, several of CV+.
    calibration : Calibration
    measures, units : tuple of str
        That vary.
    all_measures, all_units : tuple of str
        Also those that are constant.
    median, spread : numpy array of float64, shape (d,)
        Of each measure.
    learned : int
        Samples.
    """

    models: list[Any]
    calibration: Calibration
    measures: tuple[str, ...]
    units: tuple[str, ...]
    all_measures: tuple[str, ...]
    all_units: tuple[str, ...]
    median: Floats
    spread: Floats
    learned: int

    def scored(self, table: Table) -> tuple[Floats, Floats]:
        """Give score and p of each sample; NaN of one that misses a measure."""
        score, p, whole = np.full(len(table), np.nan), np.full(len(table), np.nan), table.whole
        if whole.any():
            scores = [model.strange(table.values[whole]) for model in self.models]
            score[whole], p[whole] = np.mean(scores, axis=0), self.calibration.p(*scores)
        return score, p

    def score_one(self, sample: Any) -> float:
        """Score the numbers of one sample; NaN, with a warning, of one that misses a measure."""
        row, there = one_row(sample, self.all_measures), len(self.all_measures)
        if row.shape[1] != there:
            said = f"{row.shape[1]} number{'s'[: row.shape[1] != 1]} of one sample"
            raise SeriesError(said, f"{there}, one of each measure learned")
        refuse_infinite(row)
        if len(self.measures) < there:  # what was constant is not looked at, nor missed
            row = row[:, np.isin(self.all_measures, self.measures)]
        if np.isnan(row).any():
            gone = [name for name, value in zip(self.measures, row[0], strict=True) if value != value]
            warn(f"the sample has no score: missing {', '.join(map(repr, gone))}", "fill in, or leave it out")
            return np.nan
        return sum(float(model.strange(row)[0]) for model in self.models) / len(self.models)


def adjusted_of(p: Floats) -> Floats:
    """Adjust p-values for the false discovery rate (Benjamini & Hochberg); NaN stays, and counts for none."""
    from scipy.stats import false_discovery_control

    found, there = np.full(len(p), np.nan), ~np.isnan(p)
    if there.any():
        found[there] = false_discovery_control(p[there], method="bh")
    return found
