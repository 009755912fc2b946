"""Frames that arrive one after another: measured once each, merged, kept, resumed.

A row is what `measure` gives for a series of that one frame, so that a stream, a series and a stack give the same bits.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Any, Self

import numpy as np
import xarray as xr

from ..errors import InputError, NsiWarning, OptionError, SummaryError, UnknownNameError
from .doubts import DOUBT
from .layout import Layout, as_frame, made_alike, placed
from .recipes import Recipe
from .rows import Block, Row, added, concat, key_of, scalars, single, table
from .undefined import UNDEFINED


class Stream:
    """Measures of frames that arrive one after another.

    Parameters
    ----------
    measures : str or sequence of str, optional
        Names of measures; default: all that are defined for a frame.
    dims : sequence of str
        Spatial dims of a frame; bare arrays have these.
    spacing : float or sequence of float, optional
        Distance between pixels, one for all spatial dims or one for each. Frames whose coords say another are refused.
    unit : str, optional
        Of the spacing, which needs one; without a spacing, the lengths of the frames are converted.
    connectivity, ci, seed
        As for `measure`.
    dim : str
        The dim along which frames arrive.
    method : str or float, optional
        Frames are grey, and the method or threshold of `void` that marks their empty part; default: they are masks.
    phase : {"dark", "bright"}
        With `method`: which side of the threshold is empty.
    on_error : {"raise", "record"}
        What `update` does with a bad frame: raise the error and stay as it was, or record a row of NaN, with what was wrong
        in the coord `error`.
    **options
        Of the measures and of the method.

    Raises
    ------
    DimsError, OptionError, UnknownNameError
        If a name or an option does not exist or has no meaning.

    Notes
    -----
    There is no row of all frames as one. Distances, thicknesses and persistence are counted in terms of their own frame, so their
    counts do not add; a number of voids would be a total, and an area a mean; and an interval over frames needs frames that are
    independent, which those that follow one another seldom are. As frames are of one size, rows tell it: `void_fraction`,
    `void_profile`, the densities, `two_point` and `lineal_path` of all frames are the means of the rows; `chord_count` and
    `component_count` add, `mean_chord` and `component_size_mean` are means weighted with them, and `distance_mean` and
    `thickness_mean` are weighted with `void_fraction`. Where frames are independent, `scipy.stats.bootstrap` of the rows gives an
    interval.

    Examples
    --------
    >>> stream = Stream("void_fraction", spacing=0.5, unit="um")
    >>> for second in (0, 1):
    ...     row = stream.update(np.eye(4, dtype=bool), at=second)
    >>> stream.result().void_fraction.values
    array([0.25, 0.25])
    """

    def __init__(
        self,
        measures: Sequence[str] | str | None = None,
        *,
        dims: Sequence[str] | str = ("y", "x"),
        spacing: float | Sequence[float] | None = None,
        unit: str | None = None,
        connectivity: int | None = None,
        ci: float | None = None,
        seed: int = 0,
        dim: str = "time",
        method: str | float | None = None,
        phase: str = "dark",
        on_error: str = "raise",
        **options: Any,
    ) -> None:
        if on_error not in ("raise", "record"):
            raise UnknownNameError.among("on_error", on_error, ("raise", "record"))
        how: dict[str, Any] = {"measures": measures, "dims": dims, "spacing": spacing, "unit": unit, "dim": dim}
        how |= {"connectivity": connectivity, "ci": ci, "seed": seed, "method": method, "phase": phase, "options": options}
        self._recipe = Recipe.of(how)
        self.on_error = on_error
        self._layout: Layout | None = None
        self._made: Mapping[str, Any] = {}
        self._doubted = False
        self._wrong: InputError | None = None  # with the last bad frame
        self._names: list[str] | None = None  # where all measures were asked for, those that the first frame had
        self._blocks: tuple[Block, ...] = ()
        self._rows: list[Row] = []
        self._keys: set[Any] = set()

    def __len__(self) -> int:
        """Give the number of rows."""
        return len(self._rows)

    def __repr__(self) -> str:
        """Say what is measured, and how many rows there are."""
        names = "all measures" if self._recipe.how["measures"] is None else ", ".join(self._recipe.how["measures"])
        bad = sum(bool(row.error) for row in self._rows)
        return f"<Stream of {names}: {len(self)} frames along {self.dim}{f', {bad} of them bad' if bad else ''}>"

    @property
    def dim(self) -> str:
        """The dim along which frames arrive."""
        return str(self._recipe.how["dim"])

    @property
    def dims(self) -> list[str]:
        """The spatial dims of a frame."""
        return list(self._recipe.how["dims"])

    def update(self, frame: Any, at: Any = None) -> xr.Dataset:
        """Measure one more frame.

        Parameters
        ----------
        frame : DataArray or ndarray
            A mask, True is empty; with `method`, grey values. Its coords without a dim come into the row, along `dim`.
        at : number, text or date, optional
            Its coordinate along `dim`; default: that of the frame, if it has one. All frames have one, or none. Aware dates
            become UTC, and the attr `timezone` of the coordinate says so.

        Returns
        -------
        Dataset
            The row: what `measure` gives for this frame, with `dim` of length one.

        Raises
        ------
        InputError
            If the frame cannot be measured, is unlike those before it (dims, shape, dtype, spacing, unit, how the mask was
            made), or has a coordinate that was there before. The stream is as it was. With `on_error="record"` a bad frame
            is a row instead, and only coordinates that do not fit are raised.
        """
        labels = scalars(frame, self.dim) if isinstance(frame, xr.DataArray) else {}
        if at is not None:
            labels[self.dim] = single(self.dim, at)
        key = self._key(labels)
        try:
            one = as_frame(frame, self._recipe.how["dims"], self.dim)
            if at is not None:
                told = labels[self.dim]
                one = one.assign_coords({self.dim: (self.dim, told.values[np.newaxis], told.attrs)})
            rows = self._measured(one)
        except InputError as error:  # what is wrong for every frame was found before the first
            if self.on_error == "raise":
                raise
            self._wrong = error
            return self.miss(error.message, labels)
        labels = scalars(one, self.dim)  # with the threshold, if the mask has one of its own
        return self._record(Row(labels), key, rows.drop_vars([n for n in labels if n in rows.coords]))

    def miss(self, reason: str, labels: Mapping[str, Any] | None = None) -> xr.Dataset:
        """Record that a frame is missing or could not be read.

        Parameters
        ----------
        reason : str
            What was wrong; it comes into the coord `error`.
        labels : mapping of str, optional
            Coords that the frame would have had, without a dim; that of `dim` itself among them if frames have one.

        Returns
        -------
        Dataset
            The row, of NaN.

        Raises
        ------
        OptionError
            If the coordinate along `dim` does not fit, or there is no reason.
        """
        if not reason:
            raise OptionError("there is no reason why the frame is missing", "stream.miss('the shutter was closed')")
        known = {str(n): single(str(n), v) for n, v in (labels or {}).items()}
        return self._record(Row(known, reason), self._key(known), None)

    def merge(self, other: Self) -> Self:
        """Join two streams of different frames; neither is changed.

        Rows with a coordinate come in its order, so that any order of merging gives the same; others come behind one another.
        If the frames were at different places, results are told in the spatial coordinates of the first.

        Raises
        ------
        SummaryError
            If they do not measure the same in the same way, their frames are not alike, or a frame is in both.
        """
        for name in {**self._recipe.how, **other._recipe.how}:
            mine, theirs = self._recipe.how.get(name), other._recipe.how.get(name)
            if theirs != mine:
                said = f"{name}={mine!r} and {name}={theirs!r}"
                raise SummaryError(f"streams with {said} cannot be one", "make both with the same options")
        twice = self._keys & other._keys - {None}
        if twice:
            raise SummaryError(f"a frame at {self.dim}={min(twice)!r} is in both streams", "merge each frame once")
        for key in list(other._keys)[:1]:  # the others are of the same kind
            try:
                self._fit(key)
            except OptionError as error:
                raise SummaryError(f"the streams cannot be one: {error.message}", error.hint) from None
        if self._layout is not None and other._layout is not None:
            if self._names != other._names:
                raise SummaryError(f"streams of {self._names} and {other._names} cannot be one", "name the measures")
            try:
                self._layout.check(other._layout)
                made_alike(other._made, self._made)
            except InputError as error:
                raise SummaryError(f"the streams are of different frames: {error.message}", error.hint) from None
        both = copy(self)
        first = self if self._layout is not None else other
        both._layout, both._made, both._names = first._layout, first._made, first._names
        both._blocks = self._blocks + other._blocks
        both._rows, both._keys = self._rows + other._rows, self._keys | other._keys
        return both

    def result(self) -> xr.Dataset:
        """Give all rows.

        Returns
        -------
        Dataset
            What `measure` gives for all frames stacked along `dim`, bit for bit, in the order of their coordinates, or of
            their arrival if they have none. Bad frames are NaN, with what was wrong in the coord `error`.

        Raises
        ------
        SummaryError
            If there was no frame yet.
        """
        if not self._rows:
            raise SummaryError("the stream had no frame yet", "stream.update(frame)")
        rows = table(self._together(), self._rows, self.dim, self.on_error == "record")
        if self.dim in rows.coords:
            rows = rows.isel({self.dim: np.argsort(rows[self.dim].values, kind="stable")})
        return rows

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the rows, and all that is needed to go on from them.

        Parameters
        ----------
        path : str or path
            A netCDF (.nc) or Zarr (.zarr) file; what is there is replaced once the new one is whole. It opens as `result()`.
        """
        from .resuming import write

        write(self, Path(path).expanduser())

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, on_error: str = "raise") -> Self:
        """Go on with a stream that was saved.

        To go on only if it has the options that are wanted: `Stream(...).merge(Stream.load(path))`.

        Parameters
        ----------
        path : str or path
            What `save` wrote.
        on_error : {"raise", "record"}
            As of the stream.

        Raises
        ------
        FileError
            If it is missing, damaged, or no stream, or one of a later version.
        UnknownNameError, OptionError
            If it has a measure or an option that is not known here.

        Warns
        -----
        UserWarning
            If another version of this package measured it: rows of two versions come together.
        """
        from .resuming import read

        return read(cls, Path(path).expanduser(), on_error)

    def _bare(self) -> Self:
        """Give a stream of the same frames without the rows, for those who keep these themselves."""
        bare = copy(self)
        bare._blocks, bare._rows, bare._keys = (), [], set()
        return bare

    def _key(self, labels: Mapping[str, xr.Variable]) -> Any:
        """Make the coordinate of a row comparable, and refuse one that does not fit those before."""
        if "error" in labels:
            raise OptionError("a frame has a coord 'error', which is that of the stream", "rename it")
        key = key_of(labels.get(self.dim), self.dim)
        self._fit(key)
        if isinstance(key, np.datetime64) and self._rows:
            zone, before = (of[self.dim].attrs.get("timezone", "no zone") for of in (labels, self._rows[0].labels))
            if zone != before:
                said = f"{self.dim}={key} has the zone {zone}".replace("the zone no", "no")
                raise OptionError(f"{said}, those before it {before}", "the same for all: aware dates, or naive ones")
        if key is not None and key in self._keys:
            raise OptionError(f"there was a frame at {self.dim}={key} before", "measure each frame once")
        return key

    def _fit(self, key: Any) -> None:
        """Refuse a coordinate that has no order with those before."""
        other = next(iter(self._keys), key)
        if (key is None) != (other is None):
            here, before = ("no", "one") if key is None else ("a", "none")
            raise OptionError(
                f"this frame has {here} coordinate along {self.dim}, those before it have {before}",
                "give at= to all frames, or to none",
            )
        if len({float if isinstance(k, int) else type(k) for k in (key, other)}) > 1:
            raise OptionError(
                f"{self.dim}={key} cannot be ordered with {other}", "give numbers, texts or dates, the same for all"
            )

    def _measured(self, single: xr.DataArray) -> xr.Dataset:
        """Measure a series of one frame; if it fails, nothing is changed."""
        how = self._recipe.how
        single = placed(single, how["dims"], how["spacing"], how["unit"])
        mine = Layout.of(single, how["dims"], self.dim)
        layout = self._layout or mine
        layout.check(mine)
        with warnings.catch_warnings():
            if self._layout is not None:  # the first frame said so
                warnings.simplefilter("ignore", NsiWarning)
            mask = self._recipe.marked(layout.fitted(single))
        made = {str(k): v for k, v in mask.attrs.items() if str(k).startswith("nsi_")}
        if self._layout is not None:
            made_alike(made, self._made)
        with warnings.catch_warnings():
            if self._doubted:  # one frame after the other would say so
                warnings.simplefilter("ignore", NsiWarning)
            rows = self._recipe.measured(mask, self._names)
        self._doubted = self._doubted or any({DOUBT, UNDEFINED} & v.attrs.keys() for v in rows.data_vars.values())
        if self._layout is None:
            self._layout, self._made = layout, made
            self._names = list(dict.fromkeys(v.attrs["nsi_measure"] for v in rows.data_vars.values()))
        return rows

    def _record(self, row: Row, key: Any, rows: xr.Dataset | None) -> xr.Dataset:
        """Keep a row, measured or bad, and give it."""
        if rows is not None:
            self._blocks = added(self._blocks, rows, self.dim)
        self._rows.append(row)
        self._keys.add(key)
        like = self._blocks[0].rows.isel({self.dim: slice(0)}) if rows is None and self._blocks else rows
        return table(like, [row], self.dim, self.on_error == "record")

    def _together(self) -> xr.Dataset | None:
        """Put all measured rows into one block."""
        if len(self._blocks) > 1:
            rows = concat([b.rows for b in self._blocks], self.dim)
            self._blocks = (Block(max(b.level for b in self._blocks) + 1, rows),)
        return self._blocks[0].rows if self._blocks else None
