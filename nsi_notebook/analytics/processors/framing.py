"""Frames that arrive, and their windows as these are over."""

from __future__ import annotations

import xarray as xr

from ...voids.doubts import DOUBT, warn_of_doubts
from ...voids.rows import concat
from .frames import FramePlan, FramePool, Given
from .intervals import LONGER


class FrameStream:
    """Measures windows of frames as they come.

    The watermark is the latest time seen less the disorder that the plan allows. A window is given when the watermark reaches its
    end; for the lateness after that it still takes frames, and is given again, whole, with each push that brought it some. A
    frame enters those of its windows that still take frames; if none does it is late: counted, and given back. Each frame meets
    the watermark of those before it, so that how many are given at once does not matter to what a window holds in the end.

    Parameters
    ----------
    plan : FramePlan
        What to measure.

    Examples
    --------
    >>> import numpy as np
    >>> from nsi_notebook.analytics.processors.plans import window
    >>> stream = window("10s").measure("void_fraction", tz="UTC").stream()
    >>> noon = np.datetime64("2026-11-26T12:00", "us")
    >>> for second in (0, 4, 11):
    ...     frame = xr.DataArray(np.eye(4, dtype=bool), {"time": noon + np.timedelta64(second, "s")}, ("y", "x"))
    ...     given = stream.push(frame)
    >>> given.windows.void_fraction.values, given.windows.frames.values
    (array([0.25]), array([2]))
    """

    def __init__(self, plan: FramePlan) -> None:
        self.plan = plan
        self.pool = FramePool()
        self.watermark: int | None = None  # microseconds since 1970-01-01 UTC
        self.seen = 0
        self.late = 0
        self._next: int | None = None  # the windows before this one were given
        self._due: set[int] = set()  # windows to give that still take frames
        self._told: list[xr.Dataset] = []  # and those that take none any more
        self._late: list[xr.DataArray] = []
        self._doubted = False

    def push(self, frames: xr.DataArray) -> Given:
        """Take frames; give the windows that are over, and those given before into which some came late.

        Parameters
        ----------
        frames : DataArray
            One, or a series in the order in which they came, with a coordinate along the dim of arrival.

        Raises
        ------
        InputError
            If a frame cannot be measured or is unlike those before it; those before it were taken, and what is to be given comes
            with the next push.
        """
        for moment, frame in self.plan.each(frames):
            self._take(moment, frame)
        late = xr.concat(self._late, self.plan.dim) if self._late else None
        self._late = []
        return Given(self._given(), late)

    def close(self) -> xr.Dataset:
        """Give all windows that are left: nothing more comes."""
        left = {k for pane in self.pool.panes for k in self.plan.windows(pane)}
        self._due |= left if self._next is None else {k for k in left if k >= self._next}
        given = self._given()
        self.pool = FramePool(self.pool.layout, self.pool.made)
        return given

    @property
    def pending(self) -> int:
        """How many frames are counted for windows to come, or for late ones to join."""
        return sum(number for number, _ in self.pool.panes.values())

    def _take(self, moment: int, frame: xr.DataArray) -> None:
        """Take one frame, and find out which windows are to be given."""
        how, taking = self.plan.plan, None if self.watermark is None else self._taking(self.watermark)
        if taking is not None and moment // how.every < taking:
            self._late.append(frame)
            self.late += 1
        else:
            self.pool = self.plan.merge(self.pool, self.plan.counted(moment, frame))
            if taking is not None and self._next is not None:
                self._due.update(k for k in self.plan.windows(moment // self.plan.pane) if taking <= k < self._next)
            reached = moment - how.disorder
            self._reach(reached if self.watermark is None else max(reached, self.watermark))
        self.seen += 1

    def _reach(self, watermark: int) -> None:
        """Move the watermark on: find the windows that are over, tell those that take no more, and forget their panes."""
        how, low, taking = self.plan.plan, self._next, self._taking(watermark)
        stop = (watermark - how.size) // how.every + 1
        if low is None or stop > low:
            over = {k for pane in self.pool.panes for k in self.plan.windows(pane) if k < stop}
            self._due |= over if low is None else {k for k in over if k >= low}
            self._next = stop
        if self.watermark is None or taking > self._taking(self.watermark):
            self._tell({k for k in self._due if k < taking})
            kept = {pane: each for pane, each in self.pool.panes.items() if pane * self.plan.pane // how.every >= taking}
            self.pool = FramePool(self.pool.layout, self.pool.made, kept)
        self.watermark = watermark

    def _taking(self, watermark: int) -> int:
        """Give the first window that still takes frames."""
        how = self.plan.plan
        return (watermark - how.size - how.lateness) // how.every + 1

    def _tell(self, windows: set[int]) -> None:
        """Make the table of windows that are due."""
        if windows:
            self._told.append(self.plan.table(self.pool, windows))
            self._due = self._due - windows

    def _given(self) -> xr.Dataset:
        self._tell(self._due)
        given = concat(self._told, "window") if self._told else self.plan.table(FramePool(), None)
        self._told = []
        if not self._doubted:  # one window after the other would say so
            warn_of_doubts(given, LONGER)
            self._doubted = any(DOUBT in each.attrs for each in given.data_vars.values())
        return given
