"""Frames that arrive, and their windows as these are over."""

from __future__ import annotations

import xarray as xr

from ...voids.rows import concat
from .frames import FramePlan, FramePool, Given


class FrameStream:
    """Measures windows of frames as they come.

    The watermark is the latest time seen less the disorder that the plan allows. A window is given when the watermark reaches its
    end, and only once; a frame that comes after the last of its windows was given is late, and given back. Each frame meets the
    watermark of those before it, so that it does not matter how many are given at once.

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

    def push(self, frames: xr.DataArray) -> Given:
        """Take frames; give the windows that are over.

        Parameters
        ----------
        frames : DataArray
            One, or a series in the order in which they came, with a coordinate along the dim of arrival.

        Raises
        ------
        InputError
            If a frame cannot be measured or is unlike those before it; those before it were taken.
        """
        how, parts, late = self.plan.plan, [], []
        for moment, frame in self.plan.each(frames):
            if self.watermark is not None and moment // how.every * how.every + how.size <= self.watermark:
                late.append(frame)
            else:
                self.pool = self.plan.merge(self.pool, self.plan.counted(moment, frame))
                reached = moment - how.disorder
                self.watermark = reached if self.watermark is None else max(reached, self.watermark)
                parts += self._over()
            self.seen += 1
        self.late += len(late)
        windows = concat(parts, "window") if parts else self.plan.table(FramePool(), None)
        return Given(windows, xr.concat(late, self.plan.dim) if late else None)

    def close(self) -> xr.Dataset:
        """Give all windows that are left: nothing more comes."""
        left = self.plan.table(self.pool, None if self._next is None else range(self._next, 1 << 62))
        self.pool = FramePool(self.pool.layout, self.pool.made)
        return left

    @property
    def pending(self) -> int:
        """How many frames are counted for windows to come."""
        return sum(number for number, _ in self.pool.panes.values())

    def _over(self) -> list[xr.Dataset]:
        """Give the windows whose end the watermark has reached, and forget the panes that no other needs."""
        how, pane = self.plan.plan, self.plan.pane
        assert self.watermark is not None
        stop = (self.watermark - how.size) // how.every + 1
        if self._next is not None and stop <= self._next:
            return []
        low = -(1 << 62) if self._next is None else self._next
        self._next = stop
        found = self.plan.table(self.pool, range(low, stop))
        kept = {number: each for number, each in self.pool.panes.items() if number * pane // how.every >= stop}
        self.pool = FramePool(self.pool.layout, self.pool.made, kept)
        return [found] if found.sizes["window"] else []
