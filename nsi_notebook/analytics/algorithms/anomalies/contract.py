"""What every detector must do: a function that anyone can run on a detector of their own."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable
from copy import deepcopy
from inspect import Parameter, signature
from typing import Any

import numpy as np
from sklearn.base import clone

from ....errors import DetectorError, NsiError, NsiWarning, UnknownNameError
from .base import Detector, Floats, StreamDetector

ROWS = {"translation", "units", "columns", "rows"}  # what a detector of tables may claim
VALUES = {"translation", "units", "far"}  # and one of streams
CLOSE = 1e-9  # of the spread of the scores: what the order of summing may change


def check_detector(detector: Detector | StreamDetector, *, seed: int = 0) -> None:
    """Check that a detector scores the same thing the same, in whatever order, chunks and process it is asked.

    Parameters
    ----------
    detector : Detector or StreamDetector
        It is cloned, not fitted, and looked at with its default alpha where it has one: any may be too small for so few rows.
    seed : int
        Of the data.

    Raises
    ------
    DetectorError
        Says which part of the contract is broken, and how.
    UnknownNameError
        If it claims what is none of the claims.

    Examples
    --------
    >>> from nsi_notebook.analytics.algorithms.anomalies.mahalanobis import Mahalanobis
    >>> check_detector(Mahalanobis())
    """
    if not isinstance(detector, (Detector, StreamDetector)):
        raise DetectorError(f"{detector!r:.80} is no detector", "derive it from Detector or StreamDetector")
    known = ROWS if isinstance(detector, Detector) else VALUES
    for claim in sorted(set(detector.claims) - known):
        raise UnknownNameError.among(f"claim of {type(detector).__name__}", claim, known)
    clauses = TABLE if isinstance(detector, Detector) else STREAM
    for clause in clauses:
        said = f"{type(detector).__name__}: broken: {(clause.__doc__ or '').splitlines()[0].rstrip('.')}"
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", NsiWarning)  # of what so few values cannot flag
                clause(_default(detector), np.random.default_rng(seed))
        except AssertionError as error:
            raise DetectorError(f"{said}: {error}", f"see {clause.__name__} in {__name__}") from error
        except NsiError as error:
            raise DetectorError(f"{said}: raised {error.message}", error.hint) from error


def _default(detector: Any) -> Any:
    """Give a clone with the default alpha, if there is one."""
    default = signature(type(detector)).parameters["alpha"].default
    made = clone(detector)
    return made if default is Parameter.empty else made.set_params(alpha=default)


def rows(rng: np.random.Generator, n: int = 240) -> Floats:
    """Give rows of five features: correlated, skewed, on a lattice, and of different size."""
    hidden = rng.normal(size=(n, 2))
    noise = rng.normal(size=(n, 5))
    found: Floats = hidden @ np.array([[1.0, 0.5, 0.0, 0.3, 0.0], [0.0, 0.8, 1.0, 0.0, 0.2]]) + 0.3 * noise
    found[:, 3] = np.exp(found[:, 3])
    found[:, 4] = np.round(4 * found[:, 4])
    return found


def values(rng: np.random.Generator, n: int = 600) -> Floats:
    """Give a series of a wave of 24 values and noise that wanders, with some far out, a jump and a stretch without change."""
    found = rng.normal(size=n)
    for at in range(1, n):
        found[at] += 0.6 * found[at - 1]
    found += 2 * np.sin(2 * np.pi * np.arange(n) / 24) + 10
    found[rng.integers(n // 3, n, 5)] += 12
    found[3 * n // 4 :] += 3
    found[n // 2 : n // 2 + 9] = found[n // 2]
    return found


def _same_seed(detector: Detector, rng: np.random.Generator) -> None:
    """Fitting twice gives the same bits."""
    data, asked = rows(rng), rows(rng, 50)
    one, other = clone(detector).fit(data), clone(detector).fit(data)
    _equal(one.score_samples(asked), other.score_samples(asked), "the scores")
    _equal(np.array(one.offset_), np.array(other.offset_), "offset_")
    again = one.fit(rows(rng)).fit(data)
    _equal(again.score_samples(asked), other.score_samples(asked), "the scores after it was fitted to something else")


def _one_by_one(detector: Detector, rng: np.random.Generator) -> None:
    """A row has the same score alone, in chunks, in any order, and asked twice."""
    asked = rows(rng, 90)
    detector.fit(rows(rng))
    scores = detector.score_samples(asked)
    _close(np.concatenate([detector.score_samples(asked[[at]]) for at in range(len(asked))]), scores, "one by one")
    _close(np.array([-detector.score_one(tuple(row)) for row in asked.tolist()]), scores, "score_one")
    cuts = np.sort(rng.choice(np.arange(1, len(asked)), 4, replace=False))
    _close(np.concatenate([detector.score_samples(part) for part in np.split(asked, cuts)]), scores, f"in chunks cut at {cuts}")
    order = rng.permutation(len(asked))
    _close(detector.score_samples(asked[order]), scores[order], "in another order")
    _equal(detector.score_samples(asked), scores, "asked again")


def _kept(detector: Detector, rng: np.random.Generator) -> None:
    """A copy by pickle has the same scores, and options and data stay as they were."""
    data, asked = rows(rng), rows(rng, 50)
    before, options = data.copy(), pickle.dumps(detector.get_params(deep=False))
    detector.fit(data)
    scores = detector.score_samples(asked)
    _equal(_copied(detector).score_samples(asked), scores, "the scores of the copy")
    _equal(data, before, "the data")
    assert pickle.dumps(detector.get_params(deep=False)) == options, "an option was changed by fit"
    _equal(clone(detector).fit(data).score_samples(asked), scores, "the scores of a clone")


def _far(detector: Detector, rng: np.random.Generator) -> None:
    """A row far out is stranger than nearly all others, and the threshold is that of the p-values."""
    detector.set_params(alpha=0.1).fit(rows(rng))
    asked = rows(rng, 200)
    scores = detector.score_samples(asked)
    out = detector.score_samples(asked[:1] + 40.0)
    assert (scores > out).mean() > 0.95, f"{100 * (scores <= out).mean():.0f} % are as strange as a row 40 deviations off"
    p = detector.p_values(asked)
    _equal(detector.predict(asked) < 0, p <= 0.1, "predict beside p <= alpha")
    _equal(detector.decision_function(asked) < 0, p <= 0.1, "decision_function beside p <= alpha")
    assert 0.02 < (p <= 0.1).mean() < 0.3, f"{100 * (p <= 0.1).mean():.0f} % of like rows have p <= 0.1"


def _refuses(detector: Detector, rng: np.random.Generator) -> None:
    """NaN, infinite values, one row and other columns are refused."""
    data = rows(rng)
    for wrong in (np.nan, np.inf):
        broken = data.copy()
        broken[3, 1] = wrong
        _raises(lambda: clone(detector).fit(broken), f"fit took {wrong}")  # noqa: B023
        _raises(lambda: clone(detector).fit(data).score_samples(broken), f"score_samples took {wrong}")  # noqa: B023
    _raises(lambda: clone(detector).fit(data[:1]), "fit took one row")
    _raises(lambda: clone(detector).fit(data).score_samples(data[:, :4]), "score_samples took a column less")


def _claims(detector: Detector, rng: np.random.Generator) -> None:
    """What is claimed to leave the scores as they are, does."""
    data, asked = rows(rng), rows(rng, 60)

    def scored(learned: Floats, rest: Floats) -> Floats:
        model = clone(detector)
        model.learn(learned)
        found: Floats = -model._strange(rest)
        return found

    scores = scored(data, asked)
    if "translation" in detector.claims:
        _close(scored(data + 1000.0, asked + 1000.0), scores, "values shifted by 1000", 1e-7)
    if "units" in detector.claims:
        factor = 2.0 ** np.array([10, -6, 3, 0, 1])
        _close(scored(data * factor, asked * factor), scores, "other units")
    if "columns" in detector.claims:
        order = np.array([3, 0, 4, 2, 1])
        _close(scored(data[:, order], asked[:, order]), scores, "other order of columns", 1e-7)
    if "rows" in detector.claims:
        _close(scored(data[rng.permutation(len(data))], asked), scores, "other order of rows learned", 1e-7)


TABLE: tuple[Callable[[Any, np.random.Generator], None], ...] = (_same_seed, _one_by_one, _kept, _far, _refuses, _claims)


def _told(detector: StreamDetector, data: Floats) -> Floats:
    """Score and learn one by one."""
    found = np.empty(len(data))
    for at, value in enumerate(data.tolist()):
        found[at] = detector.score_one(value)
        detector.learn_one(value)
    return found


def _replayed(detector: StreamDetector, rng: np.random.Generator) -> None:
    """Scores one by one as values come are those of the whole series replayed, however it is cut."""
    data = values(rng)
    live = _told(clone(detector), data)
    assert np.isfinite(live[len(live) // 2 :]).all(), "some of the later values have no score"
    learned = 200
    fitted = clone(detector).fit(data[:learned])
    _equal(-fitted.score_samples(data[learned:]), live[learned:], "score_samples after fit, beside score_one")
    _equal(_told(deepcopy(fitted), data[learned:]), live[learned:], "score_one after fit, beside that from the beginning")
    first = live[:learned]
    _equal(np.concatenate(fitted.calibration_.folds), np.sort(first[np.isfinite(first)]), "the calibration")
    for cut in np.sort(rng.integers(learned + 1, len(data), 3)):
        moved = deepcopy(fitted).partial_fit(data[learned:cut])
        _equal(-moved.score_samples(data[cut:]), live[cut:], f"the scores after partial_fit up to {cut}")


def _looks(detector: StreamDetector, rng: np.random.Generator) -> None:
    """Asking for scores teaches nothing, and fit begins anew."""
    data = values(rng)
    detector.fit(data[:300])
    scores = detector.score_samples(data[300:])
    _equal(detector.score_samples(data[300:]), scores, "score_samples asked again")
    value = data[300].tolist()
    _equal(np.array([detector.score_one(value) for _ in range(3)]), np.repeat(-scores[0], 3), "score_one asked again")
    _equal(detector.fit(data[:300]).score_samples(data[300:]), scores, "the scores after a second fit")


def _carried(detector: StreamDetector, rng: np.random.Generator) -> None:
    """A copy by pickle goes on as the original does, and options stay as they were."""
    data = values(rng)
    options = pickle.dumps(detector.get_params(deep=False))
    _told(detector, data[:300])
    copy = _copied(detector)
    _equal(_told(copy, data[300:]), _told(detector, data[300:]), "the scores of the copy")
    assert pickle.dumps(detector.get_params(deep=False)) == options, "an option was changed by learning"
    _equal(_told(clone(detector), data[:300]), _told(clone(detector), data[:300]), "the scores of two clones")


def _missing(detector: StreamDetector, rng: np.random.Generator) -> None:
    """NaN has no score and does no harm, and infinite values are refused."""
    data = values(rng)
    gone = np.zeros(len(data), dtype=bool)
    gone[[0, 1, 250, 251, 400]] = True
    data[gone] = np.nan
    live = _told(clone(detector), data)
    assert np.isnan(live[gone]).all(), "NaN has a score"
    assert np.isfinite(live[~gone][-150:]).all(), "a value after NaN has no score"
    fitted = clone(detector).fit(data[:300])
    _equal(-fitted.score_samples(data[300:]), live[300:], "score_samples of a series with NaN, beside score_one")
    broken = data.copy()
    broken[350:] = np.inf
    _raises(lambda: clone(detector).fit(broken), "fit took infinite values")
    _raises(lambda: fitted.score_samples(broken), "score_samples took infinite values")
    _raises(lambda: deepcopy(fitted).learn_one(broken[350].tolist()), "learn_one took an infinite value")
    _raises(lambda: fitted.score_one(broken[350].tolist()), "score_one took an infinite value")


def _thresholds(detector: StreamDetector, rng: np.random.Generator) -> None:
    """The threshold is that of the p-values."""
    data = values(rng)
    detector.set_params(alpha=0.05).fit(data[:300])
    p = detector.p_values(data[300:])
    _equal(detector.predict(data[300:]) < 0, p <= 0.05, "predict beside p <= alpha")
    assert (p[~np.isnan(p)] > 0).all(), "a p-value of 0"


def _invariant(detector: StreamDetector, rng: np.random.Generator) -> None:
    """What is claimed to leave the scores as they are, does; a value far out is strange, where that is claimed."""
    data = values(rng)
    scores = _told(clone(detector), data)
    if "translation" in detector.claims:
        _close(_told(clone(detector), data + 1000.0), scores, "values shifted by 1000", 1e-6)
    if "units" in detector.claims:
        _close(_told(clone(detector), data * 64.0), scores, "other units", 1e-6)
        _close(_told(clone(detector), data * 0.01), scores, "other units", 1e-6)
    if "far" in detector.claims:
        detector.fit(data[:300])
        last = scores[250:300]
        out = detector.score_one(float(data[:300].max() + 40 * data[:300].std()))
        assert out > np.quantile(last, 0.95), "a value 40 deviations off is not stranger than others"


STREAM: tuple[Callable[[Any, np.random.Generator], None], ...] = (
    _replayed, _looks, _carried, _missing, _thresholds, _invariant
)  # fmt: skip


def _copied(detector: Any) -> Any:
    try:
        return pickle.loads(pickle.dumps(detector))  # noqa: S301
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise AssertionError(f"it cannot be pickled: {error}") from error


def _equal(found: Any, expected: Any, what: str) -> None:
    one, other = np.asarray(found), np.asarray(expected)
    assert one.shape == other.shape, f"{what}: shape {one.shape} instead of {other.shape}"
    off = np.flatnonzero(~((one == other) | ((one != one) & (other != other))))
    assert not off.size, f"{what}: {one.flat[off[0]]} instead of {other.flat[off[0]]}, and {off.size - 1} more"


def _close(found: Floats, expected: Floats, what: str, tolerance: float = CLOSE) -> None:
    assert found.shape == expected.shape, f"{what}: shape {found.shape} instead of {expected.shape}"
    gone = np.isnan(expected)
    _equal(np.isnan(found), gone, f"{what}, where there is no score")
    held = expected[~gone]
    scale = float(np.abs(held).max(initial=1e-300))
    off = float(np.abs(found[~gone] - held).max(initial=0.0)) / scale
    assert off <= tolerance, f"{what}: a score differs by {off:.2g} of the largest"


def _raises(call: Callable[[], Any], said: str) -> None:
    try:
        call()
    except ValueError:
        return
    raise AssertionError(said)
