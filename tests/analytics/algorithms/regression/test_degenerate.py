"""Whatever small and exact data comes, a regression answers in numbers or says in one line why it cannot."""

import numpy as np
import pytest
import statsmodels.api as sm
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from nsi_notebook.analytics import regress
from nsi_notebook.errors import NsiError, SeriesError

ROUGH = pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # of what is small, which is all here
LABELS = {
    "each its own": np.arange, "pairs": lambda n: np.arange(n) // 2, "two": lambda n: np.arange(n) % 2,
    "one": np.zeros, "all but one": lambda n: np.maximum(np.arange(n) - 1, 0),
}  # fmt: skip
COLUMNS = {
    "rising": lambda rng, label: np.arange(float(len(label))), "noise": lambda rng, label: rng.normal(size=len(label)),
    "two values": lambda rng, label: rng.integers(0, 2, len(label)) * 1.0, "label": lambda rng, label: label * 1.0,
    "constant": lambda rng, label: np.ones(len(label)), "one stands out": lambda rng, label: (label == label[-1:].sum()) * 1.0,
}  # fmt: skip
OUTCOMES = {
    "exact": lambda rng, x, label: 2 * x + 1, "nearly": lambda rng, x, label: 2 * x + 1e-12 * rng.normal(size=len(x)),
    "label": lambda rng, x, label: label * 1.0, "both": lambda rng, x, label: 2 * x + label,
    "noise": lambda rng, x, label: rng.normal(size=len(x)), "constant": lambda rng, x, label: np.ones(len(x)),
    "far": lambda rng, x, label: 1e8 + 1e-8 * rng.normal(size=len(x)), "two values": lambda rng, x, label: (x > 0.5) * 1.0,
    "by chance": lambda rng, x, label: rng.integers(0, 2, len(x)) * 1.0,
}  # fmt: skip


@ROUGH
@pytest.mark.parametrize("kind", ["ols", "ridge", "logistic", "theil-sen", "mixed"])
@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    n=st.integers(0, 12), seed=st.integers(0, 99), label=st.sampled_from(sorted(LABELS)), column=st.sampled_from(sorted(COLUMNS)),
    outcome=st.sampled_from(sorted(OUTCOMES)), size=st.sampled_from([1e-200, 1e-8, 1.0, 1e150]), holes=st.booleans(),
    another=st.booleans(), dim=st.sampled_from(["image", "time"]), degree=st.sampled_from([None, None, 1, 3]),
    errors=st.sampled_from([None, None, "classical", "hc0", "hc3", "cluster", "ar", "hac"]), intercept=st.booleans(),
)  # fmt: skip
def test_no_other_error_comes_and_no_nan(
    kind, n, seed, label, column, outcome, size, holes, another, dim, degree, errors, intercept
):
    rng = np.random.default_rng(seed)
    labels = LABELS[label](n)
    x = COLUMNS[column](rng, labels)
    y = OUTCOMES[outcome](rng, x, labels) * (1.0 if kind == "logistic" else size)
    y = np.where(rng.random(n) < 0.2, np.nan, y) if holes else y
    given_ = {"x": x, "z": rng.normal(size=n)} if another else {"x": x}
    asked = {"errors": errors} if kind in ("ols", "logistic") else {}
    asked |= {"cluster": labels} if kind == "mixed" or errors == "cluster" else {}
    try:
        found = regress(xr.DataArray(y, dims=dim), given_, kind=kind, degree=degree, intercept=intercept, **asked)
    except NsiError as error:
        refused = error.message
    else:
        refused = ""
    assert "\n" not in refused
    if refused:
        return
    assert np.isfinite(found.values).all()
    assert np.isfinite(found.r2)
    assert "nan" not in f"{found.sentence}{[check.found for check in found.checks]}".lower()
    told = found.table()
    assert kind in ("ridge", "theil-sen") or not told.select_dtypes("number").isna().any().any()
    assert np.isfinite(found.predict()["value"]).all()


SUBJECT, WAY = np.repeat(np.arange(6), 4), np.tile(np.arange(4.0), 6)


@pytest.mark.parametrize(
    ("y", "x", "subject", "said"),
    [
        (2 * WAY + 1, WAY, SUBJECT, "within each subject the predictors tell y exactly"),
        (2 * WAY + SUBJECT**2, WAY, SUBJECT, "within each subject the predictors tell y exactly"),
        (SUBJECT * 1.0, WAY, SUBJECT, "within each subject the predictors tell y exactly"),
        (np.sin(SUBJECT + 3 * WAY), WAY, np.arange(24), "24 subjects of 24 rows"),
        (np.sin(SUBJECT + 3 * WAY), WAY, np.zeros(24), "1 subject of 24 rows"),
        (np.array([1.0, 2, 3.5]), np.array([0, 1.0, 3]), np.array([0, 0, 1]), "3 rows of 2 subjects leave none to tell"),
        (np.sin(SUBJECT + 3 * WAY), SUBJECT % 2, SUBJECT % 2, "the predictors part all 2 subjects"),
    ],
)
def test_rows_that_cannot_tell_subjects_apart_are_refused(y, x, subject, said):
    with pytest.raises(SeriesError, match=said):
        regress(y, {"x": x}, kind="mixed", cluster=subject)


def test_where_no_variance_is_between_subjects_a_mixed_model_is_least_squares():
    y = 2 * WAY + np.tile([1.0, -1, -1, 1], 6) + np.array([0.1, -0.1] * 12)
    found, wanted = regress(y, {"x": WAY}, kind="mixed", cluster=SUBJECT), sm.OLS(y, sm.add_constant(WAY)).fit()
    np.testing.assert_allclose(found.values, wanted.params, rtol=1e-9)
    np.testing.assert_allclose([term.error for term in found.terms], wanted.bse, rtol=1e-9)
    assert dict(found.more)["variance_between"] == 0
    assert {check.assumption: check.met for check in found.checks}["the fit came to rest"]


def test_values_that_are_mostly_alike_have_no_interval_of_sen():
    with pytest.raises(SeriesError, match="too few rows, or too many alike, for Sen's interval: 5"):
        regress(np.array([0.0, 0, 0, 0, 1]), np.array([0.0, 0, 0, 0, 1]), kind="theil-sen")


def test_residuals_that_are_all_the_same_have_a_check_without_nan():
    found = regress(np.array([1.0, 1, 1, 2]), np.array([0.0, 0, 0, 1]), intercept=False)
    shifted = regress(np.array([0.5, 1.5, 0.5, 1.5]), np.array([-1.0, 1, -1, 1]), intercept=False)
    assert {c.assumption: c.found for c in shifted.checks}["normal residuals"] == "all residuals are the same"
    assert "nan" not in str([c.found for one in (found, shifted) for c in one.checks])
