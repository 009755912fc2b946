"""Base of the measures for which a part of the mask does not tell enough.

Blocks keep their bits, by place (an eighth of a byte a pixel); the mask is put together when the measure is reported, so it must
fit in memory, one frame at a time.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np

from ...errors import DimsError
from ..block import Block, Box
from ..space import Space
from .base import Array, Counts, Measure, State


class Whole(Measure):
    """A measure of a whole mask, which is in memory when it is reported.

    Class attributes
    ----------------
    bytes_a_pixel : int
        What reporting takes at its peak.
    """

    in_memory: ClassVar[bool] = True
    bytes_a_pixel: ClassVar[int] = 40

    def check_space(self, space: Space) -> None:
        """Refuse a frame that this machine cannot hold as well."""
        super().check_space(space)
        if not self.fits(space):
            need, there = self.bytes_a_pixel * math.prod(space.shape), _memory()
            raise DimsError(
                f"{self.name} needs a frame in memory: of {space.shape} pixels it takes about {need / 2**30:,.1f} GiB, and this "
                f"machine has {there / 2**30:,.1f} GiB",
                "measure a part of it, mask.isel(x=slice(2000)), or a coarser one",
            )

    @classmethod
    def fits(cls, space: Space) -> bool:
        """Whether this machine can hold what reporting takes."""
        return cls.bytes_a_pixel * math.prod(space.shape) <= _memory()

    def count(self, block: Block) -> tuple[Counts, Counts]:
        """Keep the bits of the block, by its place; all is pending."""
        return {}, {",".join(f"{lo}:{hi}" for lo, hi in block.box): np.packbits(block.inner)}

    def settle(
        self, pending: Sequence[Counts], boxes: tuple[Box, ...], whole: tuple[int, ...], homes: Sequence[Box]
    ) -> tuple[Counts, Counts]:
        """Put the blocks side by side."""
        return {}, {k: v for p in pending for k, v in p.items()}

    @staticmethod
    def assemble(states: Sequence[State], space: Space) -> tuple[Array, Array]:
        """Put the mask together.

        Parameters
        ----------
        states : sequence of State
            One state of the whole mask, or one of each tile.
        space : Space
            The frame.

        Returns
        -------
        mask : ndarray of bool
            The whole mask.
        home : ndarray of int32
            Number of the state that holds each pixel.
        """
        mask = np.zeros(space.shape, dtype=bool)
        home = np.zeros(space.shape, dtype=np.int32)
        for number, state in enumerate(states):
            for key, bits in state.pending.items():
                box = [tuple(map(int, part.split(":"))) for part in key.split(",")]
                where = tuple(slice(lo, hi) for lo, hi in box)
                shape = [hi - lo for lo, hi in box]
                mask[where] = np.unpackbits(bits, count=int(np.prod(shape))).reshape(shape)
                home[where] = number
        return mask, home


def _memory() -> float:
    """Bytes of memory of this machine, or of the container that it is; inf where the system does not tell."""
    names = ("SC_PHYS_PAGES", "SC_PAGE_SIZE")
    if not hasattr(os, "sysconf") or not set(names) <= set(os.sysconf_names):
        return math.inf
    there = float(math.prod(map(os.sysconf, names)))
    limit = Path("/sys/fs/cgroup/memory.max")
    said = limit.read_text().strip() if limit.exists() else "max"
    return min(there, float(said)) if said.isdecimal() else there
