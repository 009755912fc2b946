"""Series that are worth about one value: nothing with the air of an answer comes of them."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from nsi_notebook.analytics import anova, correlate, describe, test
from nsi_notebook.errors import SeriesError

pytestmark = pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # a walk that looks like a series is in doubt


def walks(seed, n=600, apart=100.0, runs=3):
    steps = np.random.default_rng(seed).normal(size=(runs, n))
    return xr.DataArray(steps.cumsum(axis=1) + apart * np.arange(runs)[:, None], dims=("run", "time"), attrs={"units": "um"})


def sound(estimate, spread):
    """Tell whether a number and its interval are numbers, the interval no wider than a sample of two values would have it."""
    ends = np.array([estimate.lower, estimate.value, estimate.upper])
    return bool(np.isfinite(ends).all() and ends[0] <= ends[1] <= ends[2] and ends[2] - ends[0] < 100 * spread)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.sampled_from([60, 200, 600]), apart=st.sampled_from([0.0, 5.0, 100.0]))
def test_walks_are_refused_or_have_an_interval_that_is_one(seed, n, apart):
    data = walks(seed, n, apart)
    spread = float(np.ptp(data.values))
    asked = (
        lambda: test(data[0]), lambda: test(data[0], data[2]), lambda: test(data[0], data[2], kind="paired"),
        lambda: test(data[0], data[2], kind="tost", margin=1.0), lambda: anova(data, "run"), lambda: correlate(data[0], data[1]),
        lambda: correlate(data[0], data[1], method="spearman"),
    )  # fmt: skip
    for ask in asked:
        try:
            found = ask()
        except SeriesError as error:
            if not any(said in str(error) for said in ("as a walk", "as those of random walks")):
                raise
            continue
        for one in (found, *getattr(found, "pairs", ())):
            assert all(sound(part, spread) for part in (one.estimate, one.effect) if part is not None)
            assert np.isfinite([one.statistic, one.p, *one.df]).all()
            assert not one.df or one.df[-1] > 0.5


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_intervals_of_walks_are_none_with_the_cause_named(seed):
    found = describe(walks(seed), "time", ci=0.95)
    few = found["effective_n"] < 2
    assert bool((found["mean_ci"].isnull().any("bound") == few).all())
    assert not np.isinf(found["mean_ci"]).any()
    assert ("as a walk" in found["mean_ci"].attrs.get("nsi_undefined", "")) == bool(few.any())


def test_the_error_says_what_they_are_worth_and_what_to_do():
    data = walks(3)
    with pytest.raises(
        SeriesError, match=r"worth 1 of 600 independent values along 'time', as a walk, a trend or a jump"
    ) as told:
        anova(data, "run")
    assert "differences" in str(told.value)
    with pytest.raises(SeriesError, match=r"worth 1 of 600"):
        test(data[0], data[2])
    steps = data.diff("time")
    assert test(steps[0], steps[2]).p > 0.05  # as the hint has it: they are white


def test_of_one_series_it_says_that_images_may_be_in_no_order():
    fraction = walks(3)[0].rename("fraction")
    with pytest.raises(SeriesError, match=r"^the series is worth 1 of 600 independent values along 'time'") as told:
        test(fraction, popmean=0.2)
    assert told.value.hint.startswith("dim='image', if the values are in no order")
    assert test(fraction, dim="image", popmean=0.2).groups[0].effective == 600
