"""Cases whose peer takes minutes; they are made and run only where the words ask for them: `python -m benchmarks heavy`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .compare import Case
from .measures import blobs, two_point


def cases(seed: int) -> list[Case]:
    """Two-point correlation of a volume (PoreSpy: two minutes)."""
    cube = blobs(seed, 256, 256, 256)
    case = two_point(cube, np.asarray(cube.values), "256^3")
    return [replace(case, name=f"heavy: {case.name}")]
