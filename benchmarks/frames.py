"""The whole set of measures of one 512 x 512 frame, as a camera gives them: us, and PoreSpy + scikit-image + SciPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import porespy
from scipy import ndimage
from skimage.measure import euler_number

import nsi_notebook as nsi

from .compare import Case
from .measures import blobs

SET = ("void_fraction", "euler", "chords", "box_count", "lacunarity")
BOXES = (2, 4, 8, 16, 32, 64, 128)


def cases(seed: int) -> list[Case]:
    """One comparison."""
    frame = blobs(seed, 512, 512)
    bare = np.asarray(frame.values)

    def theirs() -> dict[str, Any]:
        chords = [porespy.metrics.chord_counts(porespy.filters.apply_chords(bare, axis=axis)) for axis in range(2)]
        lacunarity = []
        for r in BOXES:
            inside = tuple(slice(r // 2, n - r + 1 + r // 2) for n in bare.shape)
            masses = ndimage.uniform_filter(bare.astype(float), r, mode="constant")[inside] * r**2
            lacunarity.append(np.mean(masses**2) / np.mean(masses) ** 2)
        return {
            "void_fraction": porespy.metrics.porosity(bare),
            "euler_number": euler_number(bare, connectivity=1),
            "box_count": porespy.metrics.boxcount(bare, bins=list(BOXES)).count,
            "lacunarity": np.array(lacunarity),
            "mean_chord": np.array([c.mean() for c in chords]),
        }

    def check(ours: Any, other: dict[str, Any]) -> str:
        assert float(ours.void_fraction) == other["void_fraction"]
        assert int(ours.euler_number) == other["euler_number"]
        np.testing.assert_array_equal(ours.box_count, other["box_count"])
        np.testing.assert_allclose(ours.lacunarity, other["lacunarity"], rtol=1e-9)
        np.testing.assert_allclose(ours.mean_chord, other["mean_chord"], rtol=0.05)  # it takes every second line
        return "equal, chords within 5 % (it takes every second line)"

    return [
        Case(
            "frame of 512^2: fraction, Euler, chords, 7 box counts, 7 lacunarities",
            "PoreSpy + scikit-image + SciPy",
            lambda: nsi.measure(frame, SET, boxes=BOXES, edge="inner"),
            theirs,
            check,
            50,
        )
    ]
