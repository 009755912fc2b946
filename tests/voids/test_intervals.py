"""Intervals hold the truth as often as they say."""

from __future__ import annotations

import numpy as np

from nsi_notebook import measure
from nsi_notebook.voids.synthetic import boolean_model


def test_the_interval_of_the_void_fraction_covers_the_truth():
    rng = np.random.default_rng(2026)
    truth, number = 0.6, 200
    ours = usual = 0
    for _ in range(number):
        mask = boolean_model((128, 128), radius=4, fraction=truth, seed=rng)
        low, high = measure(mask, "void_fraction", ci=0.95).void_fraction_ci.values
        ours += low <= truth <= high
        # the usual interval, which takes the pixels for independent
        mean = float(mask.mean())
        usual += abs(mean - truth) <= 1.96 * np.sqrt(mean * (1 - mean) / mask.size)
    assert 0.90 <= ours / number <= 0.98
    assert usual / number < 0.5


def test_intervals_are_the_same_again_and_follow_the_level():
    mask = boolean_model((128, 128), radius=4, fraction=0.6, seed=1)
    one, two = (measure(mask, "void_fraction", ci=0.9).void_fraction_ci.values for _ in range(2))
    np.testing.assert_array_equal(one, two)
    wider = measure(mask, "void_fraction", ci=0.99).void_fraction_ci.values
    assert wider[0] < one[0]
    assert one[1] < wider[1]
    other = measure(mask, "void_fraction", ci=0.9, seed=7).void_fraction_ci.values
    assert not np.array_equal(one, other)
