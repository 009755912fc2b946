"""How the frames of a stream are marked and measured: the same for all, checked before the first."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any, Self

import numpy as np
import xarray as xr

from ..errors import DimsError, NsiWarning, OptionError
from .checks import number
from .intervals import check_level
from .measures.base import check_connectivity
from .measures.registry import build, catalogue
from .measuring import measure
from .segmentation import apart, void
from .space import scale
from .stores import as_json


@dataclass(frozen=True)
class Recipe:
    """The options of a stream.

    Parameters
    ----------
    how : dict
        All of them, as JSON keeps them.
    marking, measuring : mapping
        Those among the further ones that are of the method, and of the measures.
    """

    how: dict[str, Any]
    marking: Mapping[str, Any]
    measuring: Mapping[str, Any]

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """Take the options of a `Stream`, and find out what no frame could be measured with.

        Raises
        ------
        DimsError, OptionError, UnknownNameError
            If a name or an option does not exist or has no meaning.
        """
        names = None if told["measures"] is None else _listed(told["measures"])
        axes = _listed(told["dims"])
        if told["dim"] in axes or not axes:
            said = f"frames of dims {tuple(axes)} cannot arrive along {told['dim']!r}"
            raise DimsError(said, "dims=('y', 'x'), dim='time'")
        how: dict[str, Any] = json.loads(as_json({**told, "measures": names, "dims": axes}))
        made = cls(how, *apart(how["options"], told["method"]))
        made._check(len(axes))
        return made

    def _check(self, ndim: int) -> None:
        how = self.how
        if ndim > 3:
            raise DimsError(f"frames have {ndim} spatial dims; measures are defined for 1 to 3", "leave the others out of dims=")
        names = how["measures"]
        if names is not None and not names:
            raise DimsError("no measure was asked for", f"there are: {', '.join(catalogue())}")
        connectivity = check_connectivity(how["connectivity"], ndim)
        chosen = [n for n, kind in catalogue().items() if ndim in kind.ndims] if names is None else names
        given = self.measuring
        if any("connectivity" in catalogue()[n].options() for n in chosen if n in catalogue()):
            given = {**given, "connectivity": connectivity}
        build(chosen, given, bound=("spacing",))
        scale(how["spacing"], how["unit"], how["dims"])
        if how["ci"] is not None:
            check_level(float(number("ci", how["ci"])))
        if number("seed", how["seed"], Integral) < 0:
            raise OptionError(f"seed={how['seed']} is negative", "give a whole number from 0")
        with warnings.catch_warnings(action="ignore", category=NsiWarning):  # of values that are none
            self.marked(xr.DataArray(np.arange(8**ndim, dtype=np.uint16).reshape((8,) * ndim), dims=how["dims"]))

    def marked(self, frames: xr.DataArray) -> xr.DataArray:
        """Mark the empty part of grey frames; without a method they are masks already."""
        if self.how["method"] is None:
            return frames
        return void(frames, self.how["method"], phase=self.how["phase"], dims=self.how["dims"], **self.marking)

    def measured(self, masks: xr.DataArray, names: Sequence[str] | None) -> xr.Dataset:
        """Measure masks: by the measures of these names, or by those that were asked for."""
        options = {**self.measuring, **{k: self.how[k] for k in ("connectivity", "ci", "seed", "dims")}}
        return measure(masks, names or self.how["measures"], **options)


def _listed(names: Sequence[str] | str) -> list[str]:
    return [names] if isinstance(names, str) else list(names)
