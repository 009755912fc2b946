"""What detectors of single series share: a state of a few arrays, and kernels that move it on."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any, ClassVar, Self

import numpy as np

from ....errors import OptionError, SeriesError, a_kind
from .base import Floats, StreamDetector
from .conformal import Calibration
from .one_row import value_of

LONGEST = 1_000_000  # values that a window may hold


class SeriesDetector(StreamDetector):
    """A detector of one series whose state is a dict of arrays of fixed size.

    A kind of it names a module of `algorithms.kernels`, gives its arrays in `_arrays` and the numbers that its kernels take after
    those in `_settings`. One value, an array and a replay go through the same kernels, so that the bits are the same.

    Score, then learn: `score_one` is of a value that was not learned yet, and changes nothing. NaN has no score, is not learned,
    and is counted in `missing`; that it has a place in the series is known, though.
    """

    kernels: ClassVar[str]

    def _arrays(self) -> dict[str, Floats]:
        """Give the state of no values, and refuse options that cannot be; "numbers" comes first."""
        raise NotImplementedError

    def _settings(self) -> tuple[float, ...]:
        return ()

    def _begin(self) -> None:
        self._take(self._arrays())

    def _take(self, arrays: dict[str, Floats]) -> None:
        self.arrays_ = arrays
        self._given = (*arrays.values(), *map(float, self._settings()))

    @property
    def missing(self) -> int:
        """How many values were NaN, of those that were to be learned."""
        self._ready()
        return int(self.arrays_["numbers"][0])

    def score_one(self, x: float) -> float:
        """Say how strange a value is after what was learned; higher is stranger, NaN if nothing can be said.

        Parameters
        ----------
        x : float
            NaN is missing.

        Raises
        ------
        SeriesError
            If it is infinite.
        """
        x = self._checked(x)
        return self._score_one(x) if x == x else np.nan

    def learn_one(self, x: float) -> Self:
        """Learn a value.

        Parameters
        ----------
        x : float
            NaN is missing: nothing is learned but that it has a place in the series.

        Raises
        ------
        SeriesError
            If it is infinite.
        """
        x = self._checked(x)
        self._learn_one(x) if x == x else self._miss_one()
        return self

    def _checked(self, x: float) -> float:
        """Give the value as a float, for which alone the kernels are compiled, and begin if it is the first."""
        if not hasattr(self, "_given") or not self.begun_:
            self._ready()
        return value_of(x)

    def _score_one(self, x: float) -> float:
        score: float = _module(self.kernels).compared(*self._given, x)[0]
        return score

    def _learn_one(self, x: float) -> None:
        _module(self.kernels).learned(*self._given, x)

    def _miss_one(self) -> None:
        _module(self.kernels).learned(*self._given, np.nan)

    def expected_one(self, x: float) -> float:
        """Give what was expected in the place of a value: the prediction, the median, the nearest; NaN if nothing is known.

        Parameters
        ----------
        x : float
            The value.
        """
        x = self._checked(x)
        expected: float = _module(self.kernels).compared(*self._given, x)[1]
        return expected

    def replay(self, values: Floats) -> tuple[Floats, Floats]:
        """Score each value, then learn it.

        Parameters
        ----------
        values : numpy array of float64, shape (n,)
            In order of time; NaN is missing.

        Returns
        -------
        tuple of numpy array of float64, shape (n,)
            Scores, higher being stranger, and what was expected in the place of each.
        """
        self._ready()
        values = self._read(values)
        scores, expected = np.empty(len(values)), np.empty(len(values))
        _module(self.kernels).run(*self._given, np.ascontiguousarray(values), scores, expected)
        return scores, expected

    def state(self) -> dict[str, Any]:
        """Give all that it knows as arrays, which `numpy.savez` can keep: state, options, and scores that calibrated it.

        Examples
        --------
        >>> from nsi_notebook.analytics.algorithms.anomalies.frozen import Frozen
        >>> sensor = Frozen().learn_one(3.0).learn_one(3.0)
        >>> Frozen.from_state(sensor.state()).score_one(3.0)
        3.0
        """
        self._ready()
        found: dict[str, Any] = {name: array.copy() for name, array in self.arrays_.items()}
        found |= {f"option_{name}": np.asarray(np.nan if value is None else value) for name, value in self.get_params().items()}
        if hasattr(self, "calibration_"):
            found["calibration"] = np.concatenate(self.calibration_.folds)
        return found

    @classmethod
    def from_state(cls, state: Any) -> Self:
        """Go on from what `state` gave.

        Parameters
        ----------
        state : mapping of str to array
            Also what `numpy.load` gives of it.

        Raises
        ------
        SeriesError
            If it is that of another detector.
        """
        held = {name: np.asarray(state[name]) for name in state}
        options = {name.removeprefix("option_"): _option(held[name]) for name in held if name.startswith("option_")}
        known = cls._get_param_names()
        if sorted(options) != sorted(known):
            raise SeriesError(
                f"the state has the options {', '.join(sorted(options)) or 'of none'}, and {cls.__name__} has {', '.join(known)}",
                "the class whose state it is",
            )
        found = cls(**options)
        empty = found._arrays()
        for name, array in empty.items():
            if name not in held or held[name].shape != array.shape:
                there = f"of shape {held[name].shape}" if name in held else "missing"
                raise SeriesError(f"{name!r} is {there}, and not of shape {array.shape}: the state is damaged", "begin anew")
        found._take({name: np.array(held[name], dtype=np.float64) for name in empty})
        found.begun_ = True
        if "calibration" in held:
            found.n_features_in_ = 1
            found._calibrated(Calibration.of(held["calibration"]))
        return found


def number(value: Any, name: str, low: float, high: float = np.inf, *, open: bool = False) -> float:
    """Give an option that is a number.

    Raises
    ------
    OptionError
        If it is not, or outside its range.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise OptionError(f"{name} is {a_kind(value)}", "a number")
    if not low <= value <= high or value == np.inf or (open and value == low):
        there = f"more than {low:g}" if open else f"{low:g} or more"
        raise OptionError(f"{name} is {value:g}", there + (f", {high:g} at most" if high < np.inf else ""))
    return float(value)


def length(value: Any, name: str, least: int) -> int:
    """Give the number of values that something holds.

    Raises
    ------
    OptionError
        If it is no whole number, or too small or large.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not least <= value <= LONGEST:
        raise OptionError(f"{name} is {value!r:.80}", f"a whole number from {least} to {LONGEST:,}")
    return int(value)


def _option(value: Any) -> Any:
    """Give an option as it was; NaN stands for None, as an array of it could not be read without pickle."""
    found = value.item()
    return None if found != found else found


@cache
def _module(name: str) -> ModuleType:
    """Load kernels when they are needed, as numba takes long to load."""
    return import_module(f"..kernels.{name}", __package__)
