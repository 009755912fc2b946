"""What every truth is made of: the parameters of a model, its numbers, its curves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, NoReturn, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import OptionError

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Truth:
    """Base of the truths; the fields are the parameters of the model.

    Parameters
    ----------
    spacing : tuple of float
        Distance between pixels along each dim; all lengths are in its unit.
    """

    spacing: tuple[float, ...]
    model: ClassVar[str] = ""

    @property
    def ndim(self) -> int:
        """Number of dims."""
        return len(self.spacing)

    @property
    def source(self) -> str:
        """Say the model and its parameters: "Boolean model: radius 3, fraction 0.5"."""
        own = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "spacing"}
        said = ", ".join(f"{k} {v}" if isinstance(v, str) else f"{k} {v:g}" for k, v in own.items())
        return f"{self.model.replace('_', ' ').capitalize()}: {said}"

    def values(self) -> dict[str, float | list[float]]:
        """Give the numbers, by the names of the variables of `measure`; a list has one for each axis."""
        raise NotImplementedError

    def two_point(self, r: ArrayLike) -> Array:
        """Probability that two points a distance `r` apart are both empty, in the mean over directions."""
        self._refuse("two_point")

    def lineal_path(self, r: ArrayLike) -> Array:
        """Probability that a segment of length `r` lies in the void (Lu & Torquato 1992, Phys Rev A 45:922)."""
        self._refuse("lineal_path")

    def lacunarity(self, box: ArrayLike) -> Array:
        """Lacunarity of boxes of `box` pixels a side, as `measure` gives it."""
        self._refuse("lacunarity")

    def distance_survival(self, r: ArrayLike) -> Array:
        """Share of the void that is farther than `r` from the solid."""
        self._refuse("distance_survival")

    def box_count(self, box: ArrayLike) -> Array:
        """Boxes of `box` pixels a side that hold both phases."""
        self._refuse("box_count")

    def chord_count(self, length: ArrayLike) -> Array:
        """Chords of the void along each axis that are `length` pixels long."""
        self._refuse("chord_count")

    def _refuse(self, curve: str) -> NoReturn:
        known = [name for name in CURVES if getattr(type(self), name) is not getattr(Truth, name)]
        raise OptionError(f"{self.model}: no formula for {curve} is known here", f"there are: {', '.join(known)}")

    def attrs(self) -> dict[str, Any]:
        """Tell the model and its numbers, in what netCDF and Zarr can keep."""
        said = {f"nsi_model_{f.name}": getattr(self, f.name) for f in fields(self)}
        plain = {k: list(v) if isinstance(v, tuple) else v for k, v in said.items()}
        return {"nsi_model": self.model, **plain, **{f"nsi_true_{k}": v for k, v in self.values().items()}}

    @classmethod
    def of(cls, attrs: Mapping[str, Any]) -> Self:
        """Read the parameters from attrs."""
        missing = [f.name for f in fields(cls) if f"nsi_model_{f.name}" not in attrs]
        if missing:
            raise OptionError(f"the attrs of a {cls.model} lack nsi_model_{missing[0]}", "keep the attrs of the mask")
        # files give numbers back as those of NumPy, and lists as arrays
        given = {f.name: np.asarray(attrs[f"nsi_model_{f.name}"]).tolist() for f in fields(cls)}
        return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in given.items()})


CURVES = ("two_point", "lineal_path", "lacunarity", "distance_survival", "box_count", "chord_count")


class Isotropic(Truth):
    """A stationary isotropic model that is looked at in the centres of pixels."""

    def lacunarity(self, box: ArrayLike) -> Array:
        """Lacunarity of boxes of `box` pixels a side, as `measure` gives it.

        m is a sum over pixels, so E[m^2] is the sum of S2 over the pairs of pixels of a box: exact for what is seen in their
        centres.
        """
        sizes = np.asarray(box)
        if sizes.dtype.kind not in "iu" or (sizes < 1).any():
            raise OptionError(f"box={box!r} are not positive whole numbers of pixels", "for example box=[1, 2, 4]")
        return np.array([self._lacunarity(int(b)) for b in sizes.ravel()]).reshape(sizes.shape)

    def _lacunarity(self, b: int) -> float:
        lags = np.arange(b)
        pairs = np.where(lags > 0, 2, 1) * (b - lags)
        square: Any = sum(np.ix_(*((lags * s) ** 2 for s in self.spacing)))
        number: Any = math.prod(np.ix_(*(pairs,) * self.ndim))
        # pairs by their distance: there are few distances, and formulas may be slow
        distance, which = np.unique(np.sqrt(square), return_inverse=True)
        together = self.two_point(distance) @ np.bincount(which.ravel(), weights=number.ravel())
        return float(together / (self.two_point(0.0) * float(b) ** self.ndim) ** 2)


def distances(r: ArrayLike) -> Array:
    """Check distances: an array of numbers from 0."""
    values = np.asarray(r, dtype=float)
    if not (values >= 0).all():
        raise OptionError(f"r={r!r} holds what is no distance", "give numbers from 0, in the unit of the spacing")
    return values
