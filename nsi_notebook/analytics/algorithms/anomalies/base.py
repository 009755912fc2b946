"""What a detector is: an estimator of scikit-learn for outliers whose threshold comes from a calibration sample.

Two kinds: a `Detector` learns a table of samples by features, whose rows have no order; a `StreamDetector` learns values as they
come. Both say how strange something is: `score_samples` as scikit-learn has it, so that higher is *more normal*, and
`score_one` as River has it, so that higher is *stranger*.
"""

from __future__ import annotations

from copy import deepcopy
from inspect import signature
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, OutlierMixin, clone
from sklearn.utils import Tags

from ....errors import OptionError, SeriesError, warn
from ....voids.intervals import check_level
from ..moments import refuse_infinite, unmasked
from .conformal import ENOUGH, FOLDS, Calibration, others, parts
from .one_row import one_row, plain, value_of

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


class _Outliers(OutlierMixin, BaseEstimator):
    """What both kinds share: the threshold, and what follows from it.

    Attributes
    ----------
    calibration_ : Calibration
        Scores of samples when they were not learned yet.
    offset_ : float
        What `score_samples` falls below where p <= alpha.
    """

    claims: ClassVar[frozenset[str]] = frozenset()
    """What leaves the scores as they are: "translation" and "units" of each feature, the order of "columns" and of "rows"."""

    alpha: float
    calibration_: Calibration
    offset_: float
    n_features_in_: int

    def _fitted(self, calibration: Calibration) -> Self:
        """Calibrate, and refuse an alpha that cannot be reached; of that which nobody chose it is said."""
        check_level(self.alpha, "alpha")
        try:
            calibration.require(self.alpha)
        except OptionError as error:
            if self.alpha != signature(type(self)).parameters["alpha"].default:
                raise
            warn(f"nothing will be flagged: {error.message}", error.hint or "")
        return self._calibrated(calibration)

    def _calibrated(self, calibration: Calibration) -> Self:
        self.calibration_ = calibration
        self.offset_ = -calibration.threshold(check_level(self.alpha, "alpha"))
        return self

    def score_samples(self, X: Any) -> Floats:
        """Score samples; higher is more normal.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)
            Of streams also (n_samples,).

        Returns
        -------
        numpy array of float64, shape (n_samples,)
        """
        raise NotImplementedError

    def decision_function(self, X: Any) -> Floats:
        """Give the scores less the threshold: below 0 where p <= alpha.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)
            As of `score_samples`.

        Returns
        -------
        numpy array of float64, shape (n_samples,)
        """
        return self.score_samples(X) - self.offset_

    def predict(self, X: Any) -> Whole:
        """Give -1 where p <= alpha, else 1.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)
            As of `score_samples`.

        Returns
        -------
        numpy array of int64, shape (n_samples,)
        """
        return np.where(self.decision_function(X) < 0, -1, 1)

    def p_values(self, X: Any) -> Floats:
        """Give the conformal p-value of each sample.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)
            As of `score_samples`.

        Returns
        -------
        numpy array of float64, shape (n_samples,)
        """
        return self.calibration_.pooled().p(-self.score_samples(X))


class Detector(_Outliers):
    """A detector that learns a table.

    A kind of it has `alpha` and its options as parameters, `_learn`, which keeps what it learns in attributes that end with an
    underscore, and `_strange`, which gives one number for each row, higher being stranger.

    From 1,000 samples on `fit` learns of half of them and calibrates with the other half; below, it learns of all, and
    calibrates with scores of five models of four fifths each. An alpha that so few samples cannot reach is refused; the default
    one is taken with a warning, and `predict` finds nothing, as what takes any estimator fits some rows to look at it.
    """

    def _learn(self, X: Floats) -> None:
        raise NotImplementedError

    def _strange(self, X: Floats) -> Floats:
        raise NotImplementedError

    def _strange_learned(self, X: Floats) -> Floats:
        """Score the rows that were learned, each beside the others where the detector can tell them from itself."""
        return self._strange(X)

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn what is normal, and calibrate.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)
            Finite numbers.
        y : None
            Not used.

        Returns
        -------
        self
        """
        from sklearn.utils.validation import validate_data

        check_level(self.alpha, "alpha")
        X = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        n, seed = len(X), int(getattr(self, "seed", 0))
        if n >= ENOUGH:
            (part,) = parts(n, seed)
            self._learn(X[others(n, part)])
            return self._fitted(Calibration.of(self._strange(X[part])))
        scores = []
        for part in parts(n, seed, min(FOLDS, n)):
            model = clone(self)
            model._learn(X[others(n, part)])
            scores.append(model._strange(X[part]))
        self._learn(X)
        return self._fitted(Calibration.of(*scores))

    def learn(self, X: Floats) -> Self:
        """Learn what is normal without calibrating: the caller does that.

        Parameters
        ----------
        X : numpy array of float64, shape (n_samples, n_features)
            Finite.
        """
        self.n_features_in_ = X.shape[1]
        self._learn(X)
        return self

    def score_samples(self, X: Any) -> Floats:  # noqa: D102
        if hasattr(self, "feature_names_in_") or not plain(X, getattr(self, "n_features_in_", 0)):
            from sklearn.utils.validation import check_is_fitted, validate_data

            check_is_fitted(self)
            X = validate_data(self, X, dtype=np.float64, reset=False)
        return -np.asarray(self._strange(X), dtype=np.float64)

    def score_one(self, x: Any) -> float:
        """Say how strange one sample is; higher is stranger.

        Parameters
        ----------
        x : array-like, shape (n_features,)
            By name, if it has names and what was learned had.
        """
        row = one_row(x, getattr(self, "feature_names_in_", ()))
        score = self._strange(row) if plain(row, getattr(self, "n_features_in_", 0)) else -self.score_samples(row)
        return float(score[0])


class StreamDetector(_Outliers):
    """A detector that learns values as they come.

    A kind of it has `alpha` and its options as parameters, `_begin`, which sets its state to that of no values (attributes that
    end with an underscore), `_score_one` and `_learn_one` of one finite value, and, where a loop over an array can be faster,
    `replay`.

    `score_one` is of a value before it is learned; so the scores of what it is fitted to are honest ones, and calibrate it.
    NaN is missing: its score is NaN, and nothing is learned of it. So is the score of the first values, of which
    nothing is known yet.

    It has the parameters, `clone` and the methods of an outlier estimator of scikit-learn, but a series is one column whose
    scores depend on its order, so that `check_estimator`, which asks for several and another order, is not passed.
    """

    usual: ClassVar[str] = "the usual"
    """What `replay` expected, in words that follow "where ... was"."""
    measured: ClassVar[str] = "times the usual"
    """What the score counts, in words."""
    steady: ClassVar[bool] = False
    """Whether values have to be one step from one another."""
    paced: ClassVar[bool] = True
    """Whether scores depend on how far apart values are, so that those that calibrate tell little of others."""
    changes: ClassVar[bool] = False
    """Whether it alarms by a threshold of its own, and begins anew after that."""
    drifts: ClassVar[bool] = False
    """Whether scores depend on how long it has run, so that those that calibrate tell little of later ones: p is none then."""
    waits: ClassVar[tuple[str, ...]] = ()
    """Options that say for how many values it waits before it has a score."""
    threshold: float

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = tags.input_tags.allow_nan = True
        return tags

    def suited(self, values: Floats) -> Self:
        """Give a new one for series like this; what an option leaves open may be told by it.

        Parameters
        ----------
        values : numpy array of float64, shape (n,)
            NaN is missing.
        """
        made: Self = clone(self)
        return made

    def _begin(self) -> None:
        raise NotImplementedError

    def _score_one(self, x: Any) -> float:
        raise NotImplementedError

    def _learn_one(self, x: Any) -> None:
        raise NotImplementedError

    def _miss_one(self) -> None:
        """Go on over a value that is missing: what keeps count of places counts it."""

    def replay(self, values: Floats) -> tuple[Floats, Floats]:
        """Score each value, then learn it.

        Parameters
        ----------
        values : numpy array of float64, shape (n,)
            In order of time; NaN is missing.

        Returns
        -------
        tuple of numpy array of float64, shape (n,)
            Scores, higher being stranger, and what was expected in the place of each; NaN if nothing was.
        """
        self._ready()
        scores = np.empty(len(values))
        for place, x in enumerate(self._read(values).tolist()):
            scores[place] = self.score_one(x)
            self.learn_one(x)
        return scores, np.full(len(values), np.nan)

    def score_one(self, x: Any) -> float:
        """Say how strange a value is after what was learned; higher is stranger, NaN if nothing can be said.

        Parameters
        ----------
        x : float
            NaN or None is missing.
        """
        self._ready()
        x = value_of(x)
        return float(self._score_one(x)) if x == x else np.nan

    def learn_one(self, x: Any) -> Self:
        """Learn a value.

        Parameters
        ----------
        x : float
            NaN or None is missing.
        """
        self._ready()
        x = value_of(x)
        if x == x:
            self._learn_one(x)
        else:
            self._miss_one()
        return self

    def fit(self, X: Any, y: Any = None) -> Self:
        """Begin anew with a series, and calibrate with the scores of its values as they came.

        Parameters
        ----------
        X : array-like, shape (n_samples,) or (n_samples, 1)
            In order of time; NaN is missing.
        y : None
            Not used.

        Returns
        -------
        self
        """
        values = self._read(X)
        self.begun_ = False
        self._ready()
        self.n_features_in_ = 1
        return self._fitted(Calibration.of(self.replay(values)[0]))

    def partial_fit(self, X: Any, y: Any = None) -> Self:
        """Learn more values; the threshold stays.

        Parameters
        ----------
        X : array-like, shape (n_samples,) or (n_samples, 1)
            In order of time.
        y : None
            Not used.

        Returns
        -------
        self
        """
        self._ready()
        self.replay(self._read(X))
        return self

    def score_samples(self, X: Any) -> Floats:
        """Score values as they would come next, one after the other, each learned in turn; higher is more normal.

        What the detector has learned stays as it is: it is a copy that learns.

        Parameters
        ----------
        X : array-like, shape (n_samples,) or (n_samples, 1)
            In order of time.

        Returns
        -------
        numpy array of float64, shape (n_samples,)
            NaN where there is no score.
        """
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(self, "begun_")
        return -deepcopy(self).replay(self._read(X))[0]

    def _ready(self) -> None:
        if not getattr(self, "begun_", False):
            self._begin()
            self.begun_ = True

    def _read(self, X: Any) -> Floats:
        values = np.asarray(unmasked(X), dtype=np.float64)
        if values.ndim == 2 and values.shape[1] == 1:
            values = values[:, 0]
        if values.ndim != 1 or not values.size:
            raise SeriesError(f"the values have shape {values.shape}", f"{type(self).__name__} takes (n,)")
        refuse_infinite(values)
        return values


def whole(value: Any, name: str, least: int = 1) -> int:
    """Give an option that is a whole number.

    Raises
    ------
    OptionError
        If it is not, or too small.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise OptionError(f"{name} is {value!r:.80}", f"a whole number from {least}")
    return int(value)
