"""Which samples do not look like those that were learned, how surely, and why."""

from __future__ import annotations

import warnings
from dataclasses import replace
from datetime import tzinfo
from typing import Any, Self, cast

import numpy as np
import numpy.typing as npt
from sklearn.base import clone

from ....errors import NsiWarning, OptionError, SeriesError, warn
from ....voids.intervals import check_level
from ..moments import refuse_extreme
from .base import StreamDetector
from .conformal import Calibration, needed, others, parts
from .estimating import Estimating, NotLearnedError
from .found import Anomalies
from .found_in_series import SeriesAnomalies
from .learned import Learned, adjusted_of
from .registry import STREAMS, detector
from .scaled import Scaled, robust
from .tables import timed
from .watched import after, beside, live

Floats = npt.NDArray[np.float64]

SCALES = ("standard", "robust", "none")
LEAST = 10  # samples to learn of


class AnomalyDetector(Estimating):
    """Learn what is normal of a table of measures, or of series, and find what is not.

    Each sample comes with a conformal p-value: the share of samples that were held back from the detector and are as strange. No
    share of anomalies is guessed. Below 1,000 samples five detectors learn of four fifths each (CV+), from there one of half. By
    a detector of single series ("novelty", "robust_z", ...) each measure is a series of its own: see `detect_series`.

    Parameters
    ----------
    method : str or estimator
        A name (see `methods`), or an estimator with `fit` and `score_samples` (higher being more normal), as scikit-learn's.
    alpha : float
        Share of false alarms that is allowed.
    fdr : bool
        Hold the share of false ones among those flagged to alpha (Benjamini & Hochberg): of many samples; of series, those of one
        moment.
    seed : int
        Of what is drawn.
    scale : {"standard", "robust", "none"}
        What each measure is divided by, so that units do not matter: its standard deviation, or median absolute deviation.
    folds : int, optional
        1 for a split, more for CV+ of as many detectors; default: 5 below 1,000 samples, else 1.
    tz : str or tzinfo, optional
        Zone of times that have none.
    **options
        Of the detector.

    Raises
    ------
    UnknownNameError, OptionError
        If there is no such detector, or an option is not one.

    Examples
    --------
    >>> import pandas as pd
    >>> normal = pd.DataFrame(np.random.default_rng(0).normal(size=(300, 2)), columns=["area", "count"])
    >>> new = pd.DataFrame({"area": [0.1, 0.2, 9.0], "count": [0.3, -0.4, 0.1]})
    >>> found = AnomalyDetector().fit(normal).detect(new)
    >>> found.flag, found.table()["measure"].tolist()
    (array([False, False,  True]), ['area'])
    >>> AnomalyDetector(alpha=0.001).fit(normal)
    Traceback (most recent call last):
    ...
    nsi_notebook.errors.OptionError: alpha=0.001 cannot be reached: 300 calibration samples allow no p below 1/301
    hint: 999 calibration samples, or alpha=0.00333 or more
    """

    def __init__(
        self,
        method: Any = "ensemble",
        *,
        alpha: float = 0.05,
        fdr: bool = False,
        seed: int = 0,
        scale: str = "standard",
        folds: int | None = None,
        tz: str | tzinfo | None = None,
        **options: Any,
    ) -> None:
        if scale not in SCALES:
            raise OptionError(f"scale is {scale!r}", f"one of {', '.join(SCALES)}")
        if folds is not None and (not isinstance(folds, (int, np.integer)) or folds < 1):
            raise OptionError(f"folds is {folds!r:.80}", "1 for a split, or more for CV+")
        self.alpha, self.fdr, self.seed = check_level(alpha, "alpha"), bool(fdr), int(seed)
        self.method, self.scale, self.folds, self.options = method, scale, folds, options
        self._fitted: Learned | None
        self._reference: Any
        self._live: StreamDetector | None = None
        if isinstance(method, str):
            self.name, self.model = method, detector(method, seed=self.seed, alpha=alpha, **options)
        else:
            if options or not (hasattr(method, "fit") and hasattr(method, "score_samples")):
                raise OptionError(
                    f"{method!r:.80} with the options {sorted(options)}" if options else f"{method!r:.80} has no score_samples",
                    "an estimator that has its options, fit and score_samples, or the name of a detector",
                )
            self.name, self.model = type(method).__name__, method
        self.tz, self._fitted, self._reference = tz, None, None
        if self._streams:
            if scale != "standard" or folds is not None:
                raise OptionError(f"{self.name} judges each series alone, in its order", "no scale and no folds")
            self.model = clone(self.model).set_params(alpha=self.alpha)

    def __repr__(self) -> str:
        state = "not fitted"
        if self._fitted is not None:
            state = f"{self._fitted.learned} samples of {len(self._fitted.measures)} measures"
        elif self._reference is not None:
            state = "after a reference"
        return f"AnomalyDetector({self.name}, alpha={self.alpha:g}{', fdr' if self.fdr else ''}: {state})"

    def fit(self, data: Any, dim: Any = None) -> Self:
        """Learn what is normal.

        Parameters
        ----------
        data : xarray.Dataset, xarray.DataArray, pandas.DataFrame or array-like
            Samples by measures: of a Dataset the variables are measures, of a DataFrame the columns. Those that miss
            one are left out, and counted. Anomalies among them cost power.
        dim : str, optional
            Along which the samples lie; default: "sample", "image", "time", "frame" or "window", or the only one. Labels, which
            scikit-learn passes here, are not looked at.

        Raises
        ------
        SeriesError, DimsError
            If there are too few samples, or they are no finite numbers, or nothing varies.
        TimeError
            If times are naive without `tz`, or missing, repeated or not rising.
        OptionError
            If so few samples cannot reach alpha: it says how many could.

        Warns
        -----
        NsiWarning
            If samples are not learned as they miss measures; or if a measure is constant, or NaN throughout: it is left out.
        """
        dim = dim if isinstance(dim, str) else None
        if self._streams:
            array, dim = beside(data, dim)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", NsiWarning)  # said when it is asked
                after(array, max(array.sizes[dim] - 1, 1), dim, **self._how)
            self._reference, self._live = (array, dim), None
            return self
        whole = timed(data, dim, self.tz)
        table = whole.seen()
        for column in table.values.T:
            refuse_extreme(column, power=2)
        kept = table.values[table.whole]
        if len(kept) < LEAST:
            gone = f" of {len(table)}, as others miss {table.gone()}," if len(kept) < len(table) else ""
            there = f"{len(kept)} sample{'s'[: len(kept) != 1]}{gone} {'is' if len(kept) == 1 else 'are'} too few to learn of"
            raise SeriesError(there, f"at least {max(LEAST, needed(self.alpha))}")
        if len(kept) < len(table):
            lost = len(table) - len(kept)
            warn(f"{lost} of {len(table)} samples to learn of are left out: missing {table.gone()}", "fill in, or drop them")
        vary = np.nanmin(kept, axis=0) < np.nanmax(kept, axis=0)
        if not vary.any():
            raise SeriesError(f"no measure varies among {len(kept)} samples", "samples of what is normal; is the sensor frozen?")
        if not vary.all():
            flat = [name for name, moves in zip(table.measures, vary, strict=True) if not moves]
            warn(f"constant, and left out: {', '.join(map(repr, flat))}", "more samples, or leave these measures out")
        measures = tuple(name for name, moves in zip(table.measures, vary, strict=True) if moves)
        units = tuple(unit for unit, moves in zip(table.units, vary, strict=True) if moves)
        kept = kept[:, vary]
        models, calibration = self._folded(kept, contiguous=table.ordered)
        calibration.require(self.alpha)
        median, spread = robust(kept)
        self._fitted = Learned(models, calibration, measures, units, whole.measures, whole.units, median, spread, len(kept))
        return self

    def detect(self, data: Any, dim: str | None = None) -> Anomalies | SeriesAnomalies:
        """Score samples that were not learned; of series they come after those that were.

        Parameters
        ----------
        data : xarray.Dataset, xarray.DataArray, pandas.DataFrame or array-like
            With the measures that were learned; a unit of the same kind is converted.
        dim : str, optional
            As in `fit`.

        Raises
        ------
        SeriesError
            If measures are missing, too many, or of another kind of unit: it names them.

        Warns
        -----
        NsiWarning
            If samples have no score as they miss measures; or if so few calibration samples allow `fdr` no flag at all.
        """
        if self._reference is not None:
            reference, along = self._reference
            return after(data, reference, dim or along, **self._how)
        fitted = self._learned()
        table = timed(data, dim, self.tz).like(fitted.all_measures, fitted.all_units).like_part(fitted.measures)
        score, p = fitted.scored(table)
        adjusted = adjusted_of(p) if self.fdr else p
        how = self.alpha, self.fdr, self.name, fitted.learned
        found = Anomalies(table, score, p, adjusted, fitted.median, fitted.spread, fitted.calibration, *how)
        if found.missing:
            warn(
                f"{found.missing} of {len(table)} samples have no score: missing {table.gone() or 'history'}",
                "fill in, or drop them",
            )
        if not len(found) and found.together > 1:
            warn(
                f"{len(found.calibration)} calibration samples flag at this fdr no fewer than "
                f"{found.together} of {len(table)} at once",
                f"{needed(self.alpha / len(table))} calibration samples, or fdr=False",
            )
        return found

    def score_one(self, sample: Any) -> float:
        """Say how strange one sample is, higher being stranger: the score of `detect`, soon, of what arrives one by one.

        Parameters
        ----------
        sample : array-like, shape (n_measures,), or Series or mapping of str to number
            Numbers in the units that were learned, in that order or by name. By a detector of single series: the value that
            comes next, after what was learned.

        Raises
        ------
        SeriesError
            If measures are missing or too many, or infinite.

        Warns
        -----
        NsiWarning
            If a measure is NaN: so is the score.

        Examples
        --------
        >>> import pandas as pd
        >>> normal = pd.DataFrame(np.random.default_rng(0).normal(size=(300, 2)), columns=["area", "count"])
        >>> knn = AnomalyDetector("knn").fit(normal)
        >>> knn.score_one({"count": 0.3, "area": 9.0}) > knn.score_one((0.1, 0.3))
        True
        """
        if self._streams:
            return self._alone().score_one(sample)
        return self._learned().score_one(sample)

    def learn_one(self, sample: Any) -> Self:
        """Learn one value of a series more, for the next `score_one`; the threshold and `detect` stay.

        Parameters
        ----------
        sample : float
            NaN or None is missing.

        Raises
        ------
        OptionError
            If the detector is one of tables, or has learned several series.

        Examples
        --------
        >>> watching = AnomalyDetector("robust_z").fit(np.random.default_rng(0).normal(size=500))
        >>> watching.score_one(9.0) > 5 > watching.learn_one(0.2).score_one(0.1)
        True
        """
        if not self._streams:
            raise OptionError(f"{self.name} learns a table at once", f"fit; those that learn one by one: {', '.join(STREAMS)}")
        self._alone().learn_one(sample)
        return self

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Give what it was made with, the options of the detector too."""
        own = {"method": self.method, "alpha": self.alpha, "fdr": self.fdr, "seed": self.seed, "scale": self.scale}
        return {**own, "folds": self.folds, "tz": self.tz, **self.options}

    def set_params(self, **params: Any) -> Self:
        """Make it anew with some of them changed; what was learned is forgotten.

        Raises
        ------
        UnknownNameError, OptionError
            As when it is made.
        """
        known = self.get_params()
        if params.get("method", self.method) is not self.method:  # which has options of its own
            known = {name: value for name, value in known.items() if name not in self.options}
        made = type(self)(**{**known, **params})  # where that is refused, this one stays as it was
        self.__dict__ = made.__dict__
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return self._fitted is not None or self._reference is not None

    def _learned(self) -> Learned:
        if self._fitted is None:
            raise NotLearnedError("the detector has not learned what is normal", "detector.fit(normal) first")
        return self._fitted

    def _alone(self) -> StreamDetector:
        """Give the detector of the one series that was learned, which goes on with what comes after it."""
        if self._reference is None:
            self._learned()
        array, dim = self._reference
        if array.ndim > 1:
            there = ", ".join(f"{size} {d}" for d, size in array.sizes.items() if d != dim)
            raise OptionError(f"{there}: each series has a detector of its own", "detect_series(series).detectors")
        if self._live is None:
            self._live = live(array, dim, self.model, self.tz)
        return self._live

    @property
    def n_features_in_(self) -> int:
        """How many measures were learned; scikit-learn asks for it by this name."""
        return 1 if self._streams and self._reference is not None else len(self._learned().all_measures)

    @property
    def _streams(self) -> bool:
        return isinstance(self.model, StreamDetector)

    @property
    def _how(self) -> dict[str, Any]:
        return {"method": self.model, "fdr": self.fdr, "tz": self.tz}

    def _folded(self, rows: Floats, *, contiguous: bool) -> tuple[list[Any], Calibration]:
        models, scores = [], []
        for part in parts(len(rows), self.seed, self.folds, contiguous=contiguous):
            model = Scaled(self.scale, self.model).learned(rows[others(len(rows), part)])
            models.append(model)
            scores.append(model.strange(rows[part]))
        return models, Calibration.of(*scores)


def detect(
    data: Any, reference: Any, dim: str | None = None, *, method: Any = "ensemble", alpha: float = 0.05, **options: Any
) -> Anomalies | SeriesAnomalies:
    """Find the samples that do not look like those of a reference.

    By a detector of single series ("novelty", "robust_z", ...) each is judged alone, sample after sample: see `detect_series`.

    Parameters
    ----------
    data : xarray.Dataset, xarray.DataArray, pandas.DataFrame or array-like
        Samples by measures, as `AnomalyDetector.fit` takes them.
    reference : the same, or number
        What is normal; a number n stands for the first n samples of the data, one below 1 for that share of them; the others are
        asked then. Of series it comes before the data.
    dim, method, alpha, **options
        As `AnomalyDetector` takes them.

    Returns
    -------
    Anomalies, of series SeriesAnomalies

    Raises
    ------
    SeriesError, OptionError, DimsError
        As `AnomalyDetector` does.

    Examples
    --------
    >>> load = np.random.default_rng(0).normal(size=400)
    >>> load[390] = 9
    >>> found = detect(load, 200, method="knn", alpha=0.01)
    >>> 390 in found.table()["sample"].tolist()
    True
    """
    if reference is None:
        raise OptionError("there is no reference", "samples of what is normal, or how many of the first are")
    made = AnomalyDetector(method, alpha=alpha, **options)
    if made._streams:
        return after(data, reference, dim, **made._how)
    if isinstance(reference, (int, float, np.integer, np.floating)) and not isinstance(reference, bool):
        table = timed(data, dim, made.tz)
        n = int(reference * len(table)) if 0 < reference < 1 else reference
        if not 0 < n < len(table) or n != int(n):
            like = "how many of the first are normal, or what share of them, as 0.5"
            raise OptionError(f"reference is {reference}, of {len(table)} samples", like)
        if n < (least := needed(made.alpha)) < len(table):
            Calibration.of(np.arange(n)).require(made.alpha, f"reference={least} or more")
        learned, asked = table.cut(slice(int(n))), table.cut(slice(int(n), None))
        return replace(cast("Anomalies", made.fit(learned).detect(asked)), of=len(table))
    return made.fit(reference, dim).detect(data, dim)
