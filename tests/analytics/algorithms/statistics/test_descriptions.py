"""Descriptions side by side against those one by one."""

import re

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from nsi_notebook.analytics.algorithms.statistics.describe import describe
from nsi_notebook.analytics.algorithms.statistics.descriptions import descriptions
from nsi_notebook.commands.printing import text_of
from nsi_notebook.errors import DimsError, NsiWarning, OptionError, SeriesError, TimeError, UnknownNameError

RNG = np.random.default_rng(5)
ROCKS = xr.Dataset(
    {
        "porosity": (("sample", "depth"), RNG.normal(0.3, 0.02, (12, 2))),
        "chord": ("sample", RNG.gamma(3, 2, 12), {"units": "um"}),
    },
    {"kind": ("sample", ["sand", "chalk", ""] * 4), "depth": [10.0, 20.0]},
)


def test_each_row_is_what_describe_gives():
    found = descriptions(ROCKS, "sample", by="kind", ci=0.9)
    table = found.table()
    assert list(table["measure"]) == ["porosity"] * 4 + ["chord"] * 2
    assert list(table["kind"]) == ["chalk", "chalk", "sand", "sand", "chalk", "sand"]
    for row in table.itertuples():
        values = ROCKS[row.measure][ROCKS["kind"] == row.kind]
        values = values.sel(depth=row.depth) if row.measure == "porosity" else values
        wanted = describe(values, "sample", ci=0.9)
        assert row.count == 4
        assert (row.mean, row.std, row.mad) == (wanted["mean"], wanted["std"], wanted["mad"])
        assert (row.lower, row.upper) == tuple(wanted["mean_ci"].values)
        assert row.median == np.median(values)
    assert list(table["unit"]) == ["1"] * 4 + ["um"] * 2


def test_an_array_has_one_measure_along_time():
    values = xr.DataArray(RNG.normal(size=(300, 2)), dims=("time", "line"), name="load")
    table = descriptions(values).table()
    assert list(table["line"]) == [0, 1]
    assert (table["effective_n"] > 100).all()
    assert "lower" not in table


@pytest.mark.filterwarnings("ignore:.*left out:nsi_notebook.errors.NsiWarning")  # which is what is looked at
def test_a_group_whose_interval_cannot_be_known_leaves_the_others():
    rng = np.random.default_rng(1)
    times = pd.date_range("2026-11-01", periods=240, freq="h", tz="UTC")
    frame = pd.DataFrame({"v": rng.normal(size=240), "kind": np.where(rng.random(240) < 0.15, "b", "a")}, times)
    found = descriptions(frame, by="kind", ci=0.95)
    shown = found.table().set_index("kind")["mean"]
    assert shown["a"] == pytest.approx(frame["v"][frame["kind"] == "a"].mean())
    assert [(one[1], type(one[2])) for one in found.refused] == [("b", TimeError)]


def test_it_says_what_it_holds():
    found = descriptions(ROCKS, "sample", by="kind")
    chalk, sand = (float(ROCKS["chord"][ROCKS["kind"] == kind].mean()) for kind in ("chalk", "sand"))
    low, high = (float(end) for end in (found.parts[0][2]["mean"].min(), found.parts[0][2]["mean"].max()))
    said = re.fullmatch(
        r"The mean of porosity by kind is from (\S+) to (\S+) at 2 places along depth \(n = 8\) for chalk and from .* for sand; "
        r"that of chord by kind is (\S+) um \(sd \S+; n = 4\) for chalk and (\S+) um \(sd \S+; n = 4\) for sand\.",
        found.sentence,
    )
    assert [float(number) for number in said.groups()] == pytest.approx([low, high, chalk, sand], rel=0.02)
    assert repr(found) == f"Descriptions({found.sentence})"
    assert len(found) == 4
    assert text_of(found).startswith(repr(found))
    assert "<table>" in found._repr_html_()
    many = ROCKS[["chord"]].assign({f"m{i}": ROCKS["chord"] for i in range(6)})
    sure = descriptions(many, ci=0.9).sentence
    assert re.match(r"The mean of chord is \S+ um \(90 % CI \S+ to \S+; n = 12\); that of m0 is ", sure)
    assert sure.endswith("; 4 measures more.")


def test_what_cannot_be_described_is_said():
    with pytest.raises(DimsError, match="no dim is said; there are sample, depth"):
        descriptions(ROCKS["porosity"])
    with pytest.raises(UnknownNameError, match="unknown label 'kin'"):
        descriptions(ROCKS, "sample", by="kin")
    with pytest.raises(SeriesError, match="no measures"):
        descriptions(xr.Dataset())


def test_the_figure_has_a_panel_for_each_measure():
    drawn = descriptions(ROCKS, "sample", by="kind", ci=0.95).plot(title="rocks")
    assert [axis.title.text for axis in (drawn.layout.xaxis, drawn.layout.xaxis2)] == ["porosity", "chord (µm)"]
    assert drawn.layout.yaxis2.ticktext == ("chalk (n = 4)", "sand (n = 4)")
    boxes = [trace for trace in drawn.data if trace.type == "box"]
    assert boxes[1].median[0] == np.median(ROCKS["chord"][ROCKS["kind"] == "chalk"])
    alone = descriptions(ROCKS["chord"]).plot()
    assert alone.layout.yaxis.ticktext == ("chord (n = 12)",)
    assert alone.data[1].error_x.array is None


def test_what_describe_gives_draws_itself():
    found = describe(ROCKS["chord"], "sample", ci=0.95)
    drawn = found.nsi.plot(title="rocks")
    wanted = descriptions(ROCKS[["chord"]], "sample", ci=0.95).plot(title="rocks")
    assert drawn.to_dict() == wanted.to_dict()
    assert drawn.layout.xaxis.title.text == "chord (µm)"
    places = describe(ROCKS["porosity"], "sample").nsi.plot()
    assert [trace.x.shape for trace in places.data if trace.type == "scatter"] == [(2,)]
    assert places.layout.yaxis.ticktext == ("10.0 (n = 12)", "20.0 (n = 12)")
    with pytest.raises(OptionError, match="100 boxes cannot be told apart"):
        describe(xr.DataArray(RNG.normal(size=(3, 100)), dims=("sample", "place")), "sample").nsi.plot()
    with pytest.raises(OptionError, match="no quartiles"):
        describe(ROCKS["chord"], quantiles=(0.1, 0.9)).nsi.plot()


@pytest.mark.filterwarnings("ignore:the interval of the mean is in doubt:nsi_notebook.errors.NsiWarning")  # each, asked for below
def test_whose_interval_is_in_doubt_is_said_below_the_table():
    rng = np.random.default_rng(5)
    x = np.repeat(rng.normal(size=(8, 5)), 12, axis=0) + 0.3 * rng.normal(size=(96, 5))
    x[:, 0] = rng.normal(size=96)
    frame = pd.DataFrame(x, columns=list("abcde"))
    said = descriptions(frame, ci=0.95).doubted()
    assert said.startswith("the interval of b: neighbours along 'sample' are alike: their correlation is 0.")
    assert "interval of a" not in said
    assert said.endswith("; and 1 more")
    assert descriptions(frame).doubted() == ""


def test_places_that_only_a_later_measure_has_stand_before_the_numbers_and_name_its_boxes():
    rng = np.random.default_rng(0)
    images = xr.Dataset(
        {"void_fraction": ("image", rng.random(12)), "mean_chord": (("image", "axis"), rng.random((12, 2)))},
        {"process": ("image", ["foamed", "printed"] * 6), "axis": ["y", "x"]},
    )
    found = descriptions(images, "image", by="process")
    assert found.table().columns.tolist()[:4] == ["measure", "process", "axis", "count"]
    boxes = [list(axis.ticktext) for axis in found.plot().select_yaxes()]
    assert boxes[0] == ["foamed (n = 6)", "printed (n = 6)"]
    assert boxes[1] == ["foamed, y (n = 6)", "foamed, x (n = 6)", "printed, y (n = 6)", "printed, x (n = 6)"]


def test_warnings_are_told_once_and_say_which_measures_they_are_of():
    data = xr.Dataset({name: ("sample", values) for name, values in {"a": [1.0] * 6, "b": range(6), "c": [2.0] * 6}.items()})
    data = data.assign_coords(kind=("sample", list("xxxyyy")))
    cause = "NaN: skew, kurtosis, as all values are the same"
    for looked, by, wanted in (
        (data, None, f"{cause}: of a, c"),
        (data[["a", "b"]], "kind", f"{cause}: of a of x, a of y"),
        (data["a"], None, cause),
    ):
        with pytest.warns(NsiWarning) as told:
            descriptions(looked, by=by)
        assert [str(one.message).splitlines()[0] for one in told] == [wanted]


@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # of what is NaN, which is looked at below
def test_a_mean_that_is_missing_or_too_large_is_told():
    nothing = xr.DataArray(np.full((3, 2), np.nan), dims=("sample", "camera"), name="a")
    assert "is NaN at 2 places along camera (n = 0, 6 missing)" in repr(descriptions(nothing, "sample"))
    nothing[:, 0] = [1.0, 1.5, 2.0]
    assert "from 1.50 to 1.50 at 1 places along camera" in repr(descriptions(nothing, "sample"))
    assert "The mean of a is 3.33333e+299 (n = 3)" in repr(
        descriptions(xr.DataArray([1e300, 1e-300, 0], dims="sample", name="a"))
    )
