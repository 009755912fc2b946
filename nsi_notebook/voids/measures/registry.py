"""The measures there are: those of this folder, and those that other packages offer.

A measure is found by its module (each module of this folder that defines a `Measure` with a name) or by an entry point
of the group `nsi_notebook.measures`.
"""

from __future__ import annotations

import inspect
import pkgutil
import re
from collections.abc import Mapping, Sequence
from dataclasses import Field, fields
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from numbers import Integral
from typing import Any

import numpy as np

from ...errors import OptionError, SummaryError, UnknownNameError
from ..checks import number
from ..space import Space
from .base import PIXELS, REACH, Measure

GROUP = "nsi_notebook.measures"
ALSO_CALLED = {  # what fields, and variables, call what a measure gives
    "area_fraction": "void_fraction",
    "mean_chord": "chords",
    "perimeter": "surface",
    "pore_size": "thickness",
    "pore_size_distribution": "thickness",
    "porosity": "void_fraction",
    "specific_surface": "surface",
    "surface_area": "surface",
    "void_area": "minkowski",
    "void_volume": "minkowski",
    "volume_fraction": "void_fraction",
}
WRAP = "an array has it in its coords: mask.assign_coords(x=('x', 0.5 * numpy.arange(mask.sizes['x']), {'units': 'um'})), as y"


@cache
def catalogue() -> Mapping[str, type[Measure]]:
    """All measures by name.

    >>> sorted(catalogue())[:3]
    ['bottleneck', 'box_count', 'chords']
    """
    package = import_module(__package__ or "")
    found: dict[str, type[Measure]] = {}
    for module in pkgutil.iter_modules(package.__path__):
        for _, kind in inspect.getmembers(import_module(f"{package.__name__}.{module.name}"), inspect.isclass):
            if issubclass(kind, Measure) and kind.name:
                found[kind.name] = kind
    for entry in entry_points(group=GROUP):
        kind = entry.load()
        if not (inspect.isclass(kind) and issubclass(kind, Measure) and kind.name):
            raise SummaryError(
                f"the entry point {entry.value!r} of {GROUP} is no Measure with a name",
                "derive it from voids.measures.base.Measure",
            )
        if found.get(kind.name, kind) is not kind:
            raise SummaryError(
                f"the entry point {entry.value!r} of {GROUP} gives a measure {kind.name!r}, which there is already",
                "give it another name",
            )
        found[kind.name] = kind
    return dict(sorted(found.items()))


def summary(name: str, **options: Any) -> Measure:
    """Make the summary of a measure: `partial(block)`, `merge(state, other)`, `finalize(state, space)`.

    Parameters
    ----------
    name : str
        Name of a measure.
    **options
        Options of that measure.

    Raises
    ------
    UnknownNameError
        If there is no such measure.
    OptionError
        If the measure has no such option, or the value is outside its range.

    Examples
    --------
    >>> import numpy as np
    >>> euler = summary("euler", connectivity=8)
    >>> int(euler.finalize(euler.partial(np.eye(3, dtype=bool))).euler_number)
    1
    """
    return build([name], options)[0]


def build(
    names: Sequence[str], options: Mapping[str, Any], bound: Sequence[str] = (), space: Space | None = None
) -> list[Measure]:
    """Make several measures, giving each the options that it has; those in `bound` are not given but taken from a frame.

    With the `space`, errors say how long a pixel is.

    Raises
    ------
    UnknownNameError, OptionError
        If a measure does not exist, or an option belongs to none of them.
    """
    for name in names:
        if name not in catalogue():
            error = UnknownNameError.among("measure", name, catalogue())
            meant = ALSO_CALLED.get(str(name).lower().replace(" ", "_"))
            raise error if meant is None else UnknownNameError(error.message, f"did you mean '{meant}'?")
    kinds = [catalogue()[n] for n in dict.fromkeys(names)]
    known = {o for kind in kinds for o in kind.options() if o not in bound}
    for option in options:
        if option not in known:
            error = UnknownNameError.among("option", option, known)
            hint = WRAP if option in ("spacing", "unit") else error.hint
            raise OptionError(f"{' and '.join(k.name for k in kinds)}: {error.message}", hint)
    given = {k: v for k, v in options.items() if v is not None}
    return [kind(**{f.name: _plain(f, given[f.name], space) for f in fields(kind) if f.name in given}) for kind in kinds]


def _plain(option: Field[Any], value: Any, space: Space | None) -> Any:
    """Make the value of an option plain: Python numbers, and a tuple of them where the option is one."""
    if hasattr(value, "__array__"):
        value = np.asarray(value).tolist()
    if isinstance(option.default, tuple):
        several = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        numbers = [number(option.name, v) for v in several]
        return tuple(v.item() if isinstance(v, np.generic) else v for v in numbers)
    if re.search(r"\bint\b", str(option.type)):
        if option.metadata != PIXELS:
            whole = int(number(option.name, value, Integral))
            if option.name == "connectivity" and whole not in REACH:
                raise OptionError(f"connectivity={whole} does not exist", "4 or 8 in 2 dims; 6, 18 or 26 in 3")
            return whole
        try:
            return int(number(option.name, value, Integral))
        except OptionError:
            size = f"; their spacing is {space.steps}" if space is not None and space.unit != "pixel" else ""
            raise OptionError(f"{option.name}={value!r} is not a whole number of pixels", f"it is in pixels{size}") from None
    return value
