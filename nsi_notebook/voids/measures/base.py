"""What every measure of the empty part is made of.

A measure counts things in blocks (`count`), keeps what crosses their faces by absolute position, joins that when states meet
(`settle`), and turns counts into numbers with units (`report`). All counts are integers that add, so
the answer does not depend on how the mask was cut; and because they add by tile, resampling tiles gives intervals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ...errors import DimsError, OptionError, SpacingError, SummaryError
from ...version import __version__
from ..block import Block, Box, coalesce, volume
from ..space import Space

Array = NDArray[Any]
Counts = dict[str, Array]
REACH = {2: 1, 4: 1, 8: 2, 6: 1, 18: 2, 26: 3}  # by connectivity: axes along which neighbours may differ
PIXELS = {"unit": "pixel"}  # metadata of options that are lengths in whole pixels


@dataclass(frozen=True)
class State:
    """Blocks merged so far.

    Parameters
    ----------
    whole : tuple of int or None
        Shape of the mask they are part of; None for the identity.
    boxes : tuple of box
        What is covered, in normal form.
    counts : dict of ndarray
        What is settled; adds.
    pending : dict of ndarray
        What crosses the faces of the covered boxes, by absolute position.
    """

    whole: tuple[int, ...] | None = None
    boxes: tuple[Box, ...] = ()
    counts: Counts = field(default_factory=dict)
    pending: Counts = field(default_factory=dict)

    def require_complete(self, name: str) -> tuple[int, ...]:
        """Check that the whole mask is covered, and give its shape."""
        if self.whole is None:
            raise SummaryError(
                f"{name}: there is nothing to finalize: the state is of no data", "merge at least one partial(block)"
            )
        covered, wanted = volume(self.boxes), int(np.prod(self.whole))
        if covered != wanted:
            raise SummaryError(
                f"{name}: the state covers {covered} of the mask's {wanted} pixels",
                "merge the partial of every block before finalize",
            )
        return self.whole


@dataclass(frozen=True)
class Variable:
    """One output.

    Parameters
    ----------
    name, units, long_name : str
        As in the Dataset.
    values : ndarray, shape (..., *dims)
        Where ... are bootstrap replicates, if any.
    dims : tuple of str
        Dims of the output.
    interval : bool
        Whether resampling tiles gives an interval.
    extent : ndarray, optional
        Pixels that the lag, box or chord behind each value spans, along the last dim; beyond half a tile there is no interval.
    lowest, highest : float
        Range of possible values, which an interval cannot leave.
    why : str
        Why resampling tiles gives no interval, as the end of a sentence.
    things : ndarray, optional
        What it counts one by one, of either sign: summed without it over the tiles, on how many things it rests.
    alike : str
        The variable of the measure that tells the same without what the border adds, which differs between tiles: where that is
        in doubt, so is this.
    """

    name: str
    values: Array
    units: str
    long_name: str
    dims: tuple[str, ...] = ()
    interval: bool = True
    extent: Array | None = None
    lowest: float = -np.inf
    highest: float = np.inf
    why: str = ""
    things: Array | None = None
    alike: str = ""


@dataclass(frozen=True)
class Coord:
    """A coordinate of outputs."""

    name: str
    dims: tuple[str, ...]
    values: Array
    units: str
    long_name: str


@dataclass(frozen=True)
class Panel:
    """How to draw one output that is more than a number.

    Parameters
    ----------
    variable : str
        What is drawn.
    x : str
        Coordinate along x.
    by : str
        Dim that makes one line each, or empty.
    log : {"", "x", "y", "xy"}
        Which axes are logarithmic.
    tail : bool
        Draw the share of the values that are at least as large, rather than the values along a coordinate.
    points : bool
        Draw points that are not joined.
    diagonal : bool
        Draw the line on which both are equal.
    vanishes : bool
        End at the last value that is not 0.
    along : str
        What x is here, where its coordinate serves several measures and so has a wider name.
    """

    variable: str
    x: str = ""
    by: str = ""
    log: str = ""
    tail: bool = False
    points: bool = False
    diagonal: bool = False
    vanishes: bool = False
    along: str = ""


@dataclass(frozen=True)
class Measure:
    """Base of the measures; its fields are the options.

    Class attributes
    ----------------
    name : str
        Name in the registry.
    ndims : tuple of int
        Numbers of spatial dims for which it is defined.
    isotropic_only : bool
        Whether it has a meaning only when all spacings are equal.
    in_memory : bool
        Whether a frame must be in memory when it is reported.
    ragged : bool
        Whether the number of values depends on what the mask holds, so that it is not known before.
    shared : tuple of str
        Keys of its tally that are the same for all tiles and do not add.
    covers : tuple of str
        Other measures whose outputs it gives as well; asked for together, these are theirs.
    panels : tuple of Panel
        How its curves are drawn; outputs that no panel names are drawn as numbers.
    """

    name: ClassVar[str] = ""
    ndims: ClassVar[tuple[int, ...]] = (1, 2, 3)
    isotropic_only: ClassVar[bool] = False
    in_memory: ClassVar[bool] = False
    ragged: ClassVar[bool] = False
    shared: ClassVar[tuple[str, ...]] = ()
    covers: ClassVar[tuple[str, ...]] = ()
    panels: ClassVar[tuple[Panel, ...]] = ()

    @classmethod
    def options(cls) -> tuple[str, ...]:
        """Names of the options."""
        return tuple(f.name for f in fields(cls))

    def halo(self, whole: Sequence[int]) -> int:
        """Pixels that a block of a mask of this shape must bring above its core."""
        return 0

    def bind(self, space: Space) -> Measure:
        """Give the measure what it must know of the frame before counting."""
        return self

    def count(self, block: Block) -> tuple[Counts, Counts]:
        """Count in one block what can be settled there, and list what crosses its faces: settled, pending."""
        raise NotImplementedError

    def settle(
        self, pending: Sequence[Counts], boxes: tuple[Box, ...], whole: tuple[int, ...], homes: Sequence[Box]
    ) -> tuple[Counts, Counts]:
        """Join pending things of several states.

        Returns
        -------
        settled : dict of ndarray
            Counts of what is settled now, with a leading axis over `homes` (the box in which a thing begins).
        pending : dict of ndarray
            What is still open.
        """
        return {}, {}

    def report(self, counts: Counts, space: Space) -> tuple[list[Variable], list[Coord]]:
        """Turn counts, with any leading axes, into variables and their coordinates."""
        raise NotImplementedError

    def stand_ins(self, sides: Sequence[Counts]) -> dict[str, list[Array]]:
        """What is compared by tile in place of variables that do not change smoothly with the counts, as quantiles.

        Takes the counts of the tiles of two masks, and gives for each such variable an array a side, shape (tiles, values),
        of which the mean over the tiles is what the whole mask has.
        """
        return {}

    def identity(self) -> State:
        """Give the state of no data."""
        return State()

    def partial(self, block: Any) -> State:
        """Summarise one block.

        Parameters
        ----------
        block : Block, ndarray of bool or DataArray of bool
            A bare array is taken as the whole mask.
        """
        piece = Block.of(block)
        if piece.data.ndim not in self.ndims:
            ways = " or ".join(map(str, self.ndims))
            raise DimsError(
                f"{self.name} is defined for {ways} spatial dims, not {piece.data.ndim}", "choose others with dims=('y', 'x')"
            )
        piece = piece.require(self.halo(piece.whole))
        if piece.data.size == 0:
            raise DimsError(
                f"{self.name}: the mask has no pixels, its shape is {piece.whole}", "check the selection that made it"
            )
        return State(piece.whole, (piece.box,), *self.count(piece))

    def merge(self, one: State, other: State) -> State:
        """Join two states of the same mask; neither is changed.

        Any order gives the same answer; neighbours first, or pairwise as `summaries.merge_all` does, is the fastest, because
        what crosses faces stays open until both sides are there.
        """
        if one.whole is None:
            return other
        if other.whole is None:
            return one
        if one.whole != other.whole:
            raise SummaryError(
                f"{self.name}: states of masks of shapes {one.whole} and {other.whole} cannot merge",
                "cut one mask into blocks that know their place: nsi_notebook.split(mask, 100, halo=summary.halo(mask.shape))",
            )
        boxes = coalesce(one.boxes + other.boxes)
        settled, pending = self.settle([one.pending, other.pending], boxes, one.whole, [tuple((0, n) for n in one.whole)])
        counts = add(add(one.counts, other.counts), {k: v[0] for k, v in settled.items()})
        return State(one.whole, boxes, counts, pending)

    def tally(self, states: Sequence[State], space: Space) -> Counts:
        """Counts of each state's box, with what crosses faces counted where it begins: shape (len(states), ...).

        Parameters
        ----------
        states : sequence of State
            One state of the whole mask, or one of each tile.
        space : Space
            The frame.
        """
        whole = states[0].whole or ()
        boxes = coalesce([box for s in states for box in s.boxes])
        homes = [s.boxes[0] for s in states]
        settled, _ = self.settle([s.pending for s in states], boxes, whole, homes)
        stacked = {k: np.stack([s.counts[k] for s in states]) for k in states[0].counts}
        return add(stacked, settled)

    def finalize(self, state: State, space: Space | float | Sequence[float] | None = None) -> xr.Dataset:
        """Turn the state of a whole mask into a Dataset.

        Parameters
        ----------
        state : State
            All blocks merged.
        space : Space, float or sequence of float, optional
            The spatial frame, or its spacing; default: spacing 1, unit "pixel".
        """
        whole = state.require_complete(self.name)
        frame = space if isinstance(space, Space) else Space.plain(whole, 1.0 if space is None else space)
        self.check_space(frame)
        counts = {k: v if k in self.shared else v[0] for k, v in self.tally([state], frame).items()}
        return xr.Dataset(*self.bind(frame).label(*self.report(counts, frame)))

    @classmethod
    def fits(cls, space: Space) -> bool:
        """Whether this machine can hold what reporting a frame takes."""
        return True

    def check_space(self, space: Space) -> None:
        """Refuse a frame for which the measure has no meaning."""
        if space.ndim not in self.ndims:
            ways = " or ".join(map(str, self.ndims))
            raise DimsError(
                f"{self.name} is defined for {ways} spatial dims, not {space.ndim}: {space.dims}", "choose others with dims="
            )
        if self.isotropic_only and not space.isotropic:
            raise SpacingError(
                f"{self.name} uses boxes that are cubes in pixels, but the spacing differs between axes ({space.steps})",
                "resample the image to equal spacing, or drop the coords to measure in pixels",
            )

    def label(
        self, variables: Sequence[Variable], coords: Sequence[Coord]
    ) -> tuple[dict[str, xr.Variable], dict[str, xr.Variable]]:
        """Give variables and the coordinates that they use their dims, units and provenance; both by name."""
        own = self.attrs()
        data = {v.name: xr.Variable(v.dims, v.values, {"units": v.units, "long_name": v.long_name, **own}) for v in variables}
        used = {d for v in variables for d in v.dims}
        along = {
            c.name: xr.Variable(c.dims, c.values, {"units": c.units, "long_name": c.long_name})
            for c in coords
            if set(c.dims) <= used
        }
        return data, along

    def attrs(self) -> dict[str, Any]:
        """Provenance of every variable: measure, options and version."""
        said = {f"nsi_{f.name}": getattr(self, f.name) for f in fields(self)}
        kept = {k: list(v) if isinstance(v, tuple) else v for k, v in said.items() if v is not None and v != ()}
        return {"nsi_measure": self.name, **kept, "nsi_version": __version__}


def add(one: Mapping[str, Array], other: Mapping[str, Array]) -> Counts:
    """Add two sets of counts; a key that one lacks is zero there."""
    return {k: one[k] + other[k] if k in one and k in other else one[k] if k in one else other[k] for k in sorted({*one, *other})}


def ratio(top: Array, bottom: Array) -> Array:
    """Divide, with NaN where there is nothing to divide by."""
    top, bottom = np.broadcast_arrays(np.asarray(top, dtype=float), np.asarray(bottom, dtype=float))
    result: Array = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom != 0)
    return result


def check_connectivity(connectivity: int | None, ndim: int) -> int:
    """Give the connectivity of the void for this number of dims; the default is the smallest.

    Raises
    ------
    OptionError
        If the number does not belong to the dimension.
    """
    allowed = {1: (2,), 2: (4, 8), 3: (6, 18, 26)}[ndim]
    if connectivity is None:
        return allowed[0]
    if connectivity not in allowed:
        said = " or ".join(map(str, allowed))
        raise OptionError(
            f"connectivity={connectivity} does not exist in {ndim} dims", f"connectivity of the void is {said} there"
        )
    return connectivity


def reach(connectivity: int) -> int:
    """Number of axes along which neighbours may differ.

    >>> reach(18)
    2
    """
    return REACH[connectivity]


def home_of(points: Array, homes: Sequence[Box]) -> Array:
    """Index of the box that holds each point (n, d)."""
    result = np.zeros(len(points), dtype=np.int64)
    for i, box in enumerate(homes):
        lo, hi = np.array(box).T
        result[((points >= lo) & (points < hi)).all(axis=1)] = i
    return result


Edge = Literal["all", "inner", "corrected"]
