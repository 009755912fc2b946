"""Measures of the empty part over windows of frames: what is counted in frames adds, and so does what is counted in panes."""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import xarray as xr

from ...errors import DimsError, OptionError, TimeError
from ...voids.counting import Plan as Counting
from ...voids.counting import frames as counted
from ...voids.doubts import warn_of_doubts
from ...voids.layout import Layout, as_frame, made_alike, placed
from ...voids.measures.base import Counts, Measure, State, add, check_connectivity
from ...voids.measures.registry import catalogue
from ...voids.measuring import choose
from ...voids.recipes import Recipe
from ...voids.space import Space
from ..core.times import instants
from ..core.times import told as span_told
from .intervals import LONGER, PARTS, intervals
from .partitions import partitioned, state_of
from .plans import Plan

if TYPE_CHECKING:
    from .framing import FrameStream

Pane: TypeAlias = tuple[int, tuple[Counts, ...]]  # how many frames, and what each measure counted in them


@dataclass(frozen=True, slots=True, eq=False)
class FramePool:
    """What was counted in frames, by pane.

    Parameters
    ----------
    layout : Layout, optional
        What the frames are like; None if there are none.
    made : mapping
        How their masks were made.
    panes : mapping of int to (int, counts of each measure)
        By number of the pane since 1970-01-01 UTC.
    """

    layout: Layout | None = None
    made: Mapping[str, Any] = field(default_factory=dict)
    panes: Mapping[int, Pane] = field(default_factory=dict)


class Given(NamedTuple):
    """Windows that are over, and frames that came too late for any (None if there are none)."""

    windows: xr.Dataset
    late: xr.DataArray | None


@dataclass(frozen=True)
class FramePlan:
    """Measures over windows of frames: `window("10s").measure("void_fraction")`.

    What a measure counts is added up over the frames of a window, and told of that sum: fractions, densities, correlations and
    mean lengths are those of all frames together, numbers and areas are means of a frame. Measures whose counts do not add over
    frames (component sizes, distances, thicknesses, persistence, percolation) are refused. It is a summary in the sense of
    `nsi_notebook.summaries`, whose blocks are series of frames. With `ci`, frames are counted in shorter panes, from which
    intervals come: see `processors.intervals`.

    Parameters
    ----------
    plan : Plan
        The windows.
    recipe : Recipe
        How frames are marked and measured.
    tz : str or tzinfo, optional
        Zone of the times of frames; default: what their attr `timezone` says.

    Examples
    --------
    >>> import numpy as np
    >>> times = np.datetime64("2026-11-26T12:00", "us") + np.arange(4) * np.timedelta64(6, "s")
    >>> masks = xr.DataArray(np.tri(4, dtype=bool)[:, None], {"time": times}, ("time", "y", "x"))
    >>> plan = Plan("panes", 12_000_000, 12_000_000).measure("void_fraction", tz="UTC")
    >>> plan.run(masks).void_fraction.values
    array([0.375, 0.875])
    """

    plan: Plan
    recipe: Recipe
    tz: str | tzinfo | None = None

    @classmethod
    def of(
        cls,
        plan: Plan,
        measures: Sequence[str] | str | None,
        dims: Sequence[str] | str,
        tz: str | tzinfo | None,
        how: Mapping[str, Any],
    ) -> FramePlan:
        """Check what is asked for."""
        if plan.kind != "panes" or replace(plan, disorder=0, lateness=0) != Plan(plan.kind, plan.size, plan.every):
            raise OptionError(f"{plan} cannot measure frames", "window(...).allow(...).measure(...), and nothing else")
        if "on_error" in how:
            raise OptionError("on_error has no meaning for windows of frames", "leave it away")
        known = {"spacing": None, "unit": None, "connectivity": None, "ci": None, "seed": 0, "method": None, "phase": "dark"}
        known |= {"dim": "time"}
        told = {name: how.get(name, default) for name, default in known.items()}
        options = {name: value for name, value in how.items() if name not in known}
        if measures is None:
            axes = 1 if isinstance(dims, str) else len(dims)
            measures = [name for name, kind in catalogue().items() if _adds(kind) and axes in kind.ndims]
        recipe = Recipe.of({**told, "measures": measures, "dims": dims, "options": options})
        alone = [name for name in recipe.how["measures"] if not _adds(catalogue()[name])]
        if alone:
            there = ", ".join(name for name, kind in catalogue().items() if _adds(kind))
            raise OptionError(f"what {' and '.join(alone)} counts does not add over frames", f"of those that add: {there}")
        return cls(plan, recipe, tz)

    @property
    def name(self) -> str:
        """What it is called as a summary."""
        return str(self)

    @property
    def dim(self) -> str:
        """The dim along which frames arrive."""
        return str(self.recipe.how["dim"])

    @property
    def pane(self) -> int:
        """Microseconds of a pane, of which each window is a number of whole ones: with `ci` at least `PARTS`."""
        whole = math.gcd(self.plan.size, self.plan.every)
        if self.recipe.how["ci"] is None:
            return whole
        least = -(-PARTS * whole // self.plan.size)
        return whole // next((n for n in range(least, min(whole, 64 * least)) if whole % n == 0), whole)

    def identity(self) -> FramePool:
        """Give the state of no frames."""
        return FramePool()

    def partial(self, block: xr.DataArray) -> FramePool:
        """Count in each frame of a series."""
        found = FramePool()
        for moment, frame in self.each(block):
            found = self.merge(found, self.counted(moment, frame))
        return found

    def merge(self, one: FramePool, other: FramePool) -> FramePool:
        """Add up what was counted; neither is changed."""
        if one.layout is None or other.layout is None:
            return other if one.layout is None else one
        one.layout.check(other.layout)
        made_alike(other.made, one.made)
        # which of them tells the places of pixels must not depend on the order
        layout = min(one.layout, other.layout, key=lambda each: (each.space.origin, each.space.spacing))
        panes = dict(one.panes)
        for number, pane in other.panes.items():
            panes[number] = _sum([panes[number], pane]) if number in panes else pane
        return FramePool(layout, one.made, panes)

    def finalize(self, state: FramePool) -> xr.Dataset:
        """Give the measures of each window that has frames, along `window`."""
        return self.table(state, None)

    def run(self, frames: Any) -> xr.Dataset:
        """Measure frames that are all there.

        Parameters
        ----------
        frames : DataArray, iterable of DataArray, Dask bag or list of dask.delayed
            Masks, True is empty, or grey frames if there is a method; with a coordinate along the dim of arrival.

        Returns
        -------
        Dataset
            Along `window`, by end; the same bits as from a stream in which nothing was late. With `ci` intervals as
            `<variable>_ci` with dim `bound`; their attrs say what they assume, and `nsi_ci_doubt` why they are in doubt (of the
            first window that is), if they are.
        """
        parts = partitioned(frames)
        if parts is not None:
            state = state_of(self, parts, _series)
        else:
            state = self.identity()
            for series in _series(frames):
                state = self.merge(state, self.partial(series))
        found = self.finalize(state)
        warn_of_doubts(found, LONGER)
        return found

    def stream(self) -> FrameStream:
        """Begin to run this on frames as they come; see `FrameStream`."""
        from .framing import FrameStream

        return FrameStream(self)

    def each(self, series: xr.DataArray) -> Iterator[tuple[int, xr.DataArray]]:
        """Give the time (microseconds) of each frame, and the frame, `dim` of length one in it."""
        if not isinstance(series, xr.DataArray):
            raise DimsError(f"frames are a {type(series).__name__}", f"a DataArray with a coordinate {self.dim!r}")
        if self.dim not in series.coords or series[self.dim].dtype.kind != "M":
            raise TimeError(f"the frames have no times along {self.dim!r}", f"frame.assign_coords({self.dim}=...)")
        if self.dim not in series.dims:
            series = series.expand_dims(self.dim)
        zone = self.tz or series[self.dim].attrs.get("timezone")
        for i, moment in enumerate(instants(series[self.dim].values, zone).tolist()):
            yield moment, series.isel({self.dim: [i]})

    def counted(self, moment: int, frame: xr.DataArray) -> FramePool:
        """Count in one frame."""
        how = self.recipe.how
        single = placed(as_frame(frame, how["dims"], self.dim), how["dims"], how["spacing"], how["unit"])
        layout = Layout.of(single, how["dims"], self.dim)
        more = [dim for dim in layout.dims if dim not in how["dims"]]
        if more:
            raise DimsError(f"the frames have the dim {more[0]!r}, too", f"one of each: frames.isel({more[0]}=0)")
        mask = self.recipe.marked(single)
        if mask.dtype != bool:
            raise DimsError(f"the frames are of type {mask.dtype}, not masks", "method='otsu' marks their empty part")
        made = {str(k): v for k, v in mask.attrs.items() if str(k).startswith("nsi_") and k != "nsi_threshold"}
        chosen = self._chosen(layout.space)
        plan = Counting(tuple(chosen), layout.space.shape, (tuple((0, n) for n in layout.space.shape),))

        def told(states: Sequence[Sequence[State]]) -> tuple[Counts, ...]:
            tallies = [each.tally(mine, layout.space) for each, mine in zip(chosen, states, strict=True)]
            return tuple({key: value[0] for key, value in tally.items()} for tally in tallies)

        (counts,) = counted(mask.transpose(self.dim, *layout.space.dims).values, plan, told)
        return FramePool(layout, made, {moment // self.pane: (1, counts)})

    def windows(self, pane: int) -> range:
        """Give the windows that a pane is part of."""
        size, every = self.plan.size // self.pane, self.plan.every // self.pane
        return range(-((size - pane - 1) // every), pane // every + 1)

    def table(self, pool: FramePool, wanted: Container[int] | None) -> xr.Dataset:
        """Give the measures of the windows that are wanted and have frames; None of all."""
        parts: dict[int, list[Pane]] = {}
        for number in sorted(pool.panes):
            for window in self.windows(number):
                if wanted is None or window in wanted:
                    parts.setdefault(window, []).append(pool.panes[number])
        sums = [_sum(parts[window]) for window in sorted(parts)]
        start = np.array(sorted(parts), dtype=np.int64) * self.plan.every
        bounds = {"start": start, "end": start + self.plan.size}
        coords: dict[str, Any] = {
            name: ("window", each.view("datetime64[us]"), {"timezone": "UTC"}) for name, each in bounds.items()
        }
        many = np.array([n for n, _ in sums], dtype=np.int64)
        data: dict[str, Any] = {"frames": ("window", many, {"units": "1", "long_name": "number of frames of the window"})}
        if sums and pool.layout is not None:
            space = pool.layout.space
            for i, each in enumerate(self._chosen(space)):
                told, along = _told(each, [counts[i] for _, counts in sums], many, space)
                if self.recipe.how["ci"] is not None:
                    spread = [[(n, counts[i]) for n, counts in parts[window]] for window in sorted(parts)]
                    told |= intervals(each, spread, space, self.recipe.how, span_told(self.pane), told)
                    coords["bound"] = xr.Variable("bound", ["lower", "upper"])
                for variable in told.values():
                    variable.attrs = {**pool.made, **variable.attrs}
                data |= told
                coords |= along
        return xr.Dataset(data, coords, {"plan": str(self)})

    def _chosen(self, space: Space) -> list[Measure]:
        how, ndim = self.recipe.how, len(self.recipe.how["dims"])
        return choose(how["measures"], space, check_connectivity(how["connectivity"], ndim), self.recipe.measuring, False)

    def __str__(self) -> str:
        names, dims = self.recipe.how["measures"], tuple(self.recipe.how["dims"])
        plain = str(replace(self.plan, disorder=0, lateness=0))
        said = "".join(f", {name}={self.recipe.how[name]!r}" for name in ("ci", "seed") if self.recipe.how[name])
        return str(self.plan).replace(plain, f"{plain.partition('.agg(')[0]}.measure({names!r}, dims={dims!r}{said})")


def _told(
    measure: Measure, counts: Sequence[Counts], number: np.ndarray, space: Space
) -> tuple[dict[str, xr.Variable], dict[str, xr.Variable]]:
    """Report the counts of windows, shared among their frames."""
    shared = {key: np.stack([each[key] for each in counts]) for key in counts[0]}
    for key, value in shared.items():
        shared[key] = value / number.reshape(-1, *(1,) * (value.ndim - 1))
    variables, places = measure.report(shared, space)
    return measure.label([replace(each, dims=("window", *each.dims)) for each in variables], places)


def _sum(panes: Iterable[Pane]) -> Pane:
    first, *others = panes
    for pane in others:
        first = first[0] + pane[0], tuple(add(one, other) for one, other in zip(first[1], pane[1], strict=True))
    return first


def _adds(kind: type[Measure]) -> bool:
    """Tell whether what a measure counts adds over frames."""
    return not (kind.shared or kind.in_memory or kind.ragged)


def _series(data: Any) -> Iterable[xr.DataArray]:
    """Give the series of frames that data consists of."""
    return [data] if isinstance(data, xr.DataArray) or not isinstance(data, Iterable) else data
