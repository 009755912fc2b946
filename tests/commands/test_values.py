"""What the verbs of analysis read: tables, files, series of a store."""

import re

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from nsi_notebook import measure
from nsi_notebook.analytics import TimeSeriesDatabase, changes, window
from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.commands.completing import complete_line
from nsi_notebook.commands.data import load
from nsi_notebook.commands.describe import describe as verbs_describe
from nsi_notebook.commands.detect import detect
from nsi_notebook.commands.regress import regress as verbs_regress
from nsi_notebook.commands.test import test as verbs_test
from nsi_notebook.commands.values import find_values, series_of, table_of
from nsi_notebook.commands.watch import watch
from nsi_notebook.commands.writing import write
from nsi_notebook.errors import DimsError, FileError, NsiWarning, OptionError, SeriesError, UnknownNameError

HOURS = pd.date_range("2026-11-26T12:00", periods=4, freq="h", tz="UTC", name="time")


def frame():
    found = pd.DataFrame({"area": [1.0, 2.0, np.nan, 4.0], "kind": ["a", "a", "b", ""]}, HOURS)
    found.attrs["units"] = {"area": "um^2"}
    return found


@pytest.fixture
def db():
    with TimeSeriesDatabase("memory:") as store:
        for line in "12":
            store.append(Batch.of("load", np.arange(4.0), HOURS, unit="kN", tags={"line": line}))
        store.append(Batch.of("made", np.arange(4.0), HOURS, tags={"windows": "plan", "aggregate": "mean"}))
        yield store


@pytest.mark.parametrize("suffix", [".csv", ".json", ".parquet"])
def test_a_file_gives_what_the_table_gives(tmp_path, suffix):
    path = tmp_path / f"rows{suffix}"
    if suffix == ".parquet":
        frame().reset_index().rename(columns={"area": "area (um^2)"}).to_parquet(path)
    elif suffix == ".csv":
        frame().reset_index().rename(columns={"area": "area (um^2)"}).to_csv(path, index=False)
    else:
        write(frame(), path)
    found, wanted = table_of(str(path)), table_of(frame())
    np.testing.assert_array_equal(found["area"], wanted["area"])
    np.testing.assert_array_equal(found["time"], HOURS.tz_localize(None))
    assert list(found["kind"].values) == ["a", "a", "b", ""]
    assert found["time"].attrs["timezone"] == "UTC"
    assert found["area"].attrs["units"] == ("1" if suffix == ".json" else "um^2")  # which holds no units


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_a_dataset_comes_back_from_its_file(tmp_path, suffix):
    held = xr.Dataset({"area": ("time", [1.0, 2.0], {"units": "um^2"}), "area_ci": (("time", "bound"), np.zeros((2, 2)))})
    path = tmp_path / f"rows{suffix}"
    write(held, path)
    assert list(table_of(path)) == ["area"]  # an interval is asked for by name
    assert series_of(path, "area_ci").dims == ("time", "bound")
    assert series_of(str(path), "area").attrs["units"] == "um^2"


def test_variables_of_a_notebook_are_taken_as_they_are(db):
    plan = window("2h").agg("mean", n="count")
    windows = plan.run(db.scan("load", where={"line": "1"}))
    assert series_of(windows, "mean").values.tolist() == [0.5, 2.5]
    assert series_of(db.query("load", where={"line": "1"})).sizes == {"time": 4}
    assert series_of([1, 2, 3]).dims == series_of(np.array([1.0, 2.0])).dims == ("sample",)
    array = xr.DataArray([1.0], dims="sample", name="area")
    xr.testing.assert_identical(series_of(array), array)
    column = frame()["area"]
    column.attrs["units"] = "um^2"
    assert series_of(column).attrs["units"] == "um^2"
    assert series_of(xr.DataArray([1.0, 2.0], dims="time")).name == "value"


def test_a_series_of_a_store_is_chosen_by_its_tags(db):
    found = series_of("load", store=db, tags={"line": "2"}, since="2026-11-26T13:00Z")
    assert (found.name, found.attrs) == ("load, line 2", {"units": "kN"})  # which of those called load it is
    assert found.values.tolist() == [1.0, 2.0, 3.0]
    assert found["time"].attrs["timezone"] == "UTC"


def test_several_series_stand_side_by_side_by_their_means(db):
    found = series_of("load", store=db, every="2h")
    assert found.sizes == {"series": 2, "time": 2}
    assert list(found["series"].values) == ['load{line="1"}', 'load{line="2"}']
    np.testing.assert_array_equal(found.sel(series='load{line="1"}'), [0.5, 2.5])
    assert series_of("load", store=db, every="2h", tags={"line": "1"}).sizes == {"time": 2}


@pytest.mark.parametrize(
    ("data", "options", "kind", "word"),
    [
        ("load", {}, SeriesError, 'is 2 series: load{line="1"}'),
        ("laod", {}, UnknownNameError, "unknown series 'laod'"),
        ("load", {"tags": {"line": "3"}}, UnknownNameError, "unknown value of the tag line '3'"),
        ("made", {}, SeriesError, "only windows of 'made'"),
        ("load", {"tags": {"line": "1"}, "since": "2027-01-01T00:00Z"}, SeriesError, "no samples of 'load'"),
    ],
)
def test_what_a_store_does_not_have_is_said(db, data, options, kind, word):
    with pytest.raises(kind) as caught:
        table_of(data, store=db, **options)
    assert word in str(caught.value)


def test_what_is_no_table_is_said(db, tmp_path):
    (tmp_path / "notes.csv").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "notes.txt").write_text("nothing")
    wrong = [
        ("nowhere", {}, FileError, "no store is named"),
        ("nowhere.csv", {}, FileError, "no file 'nowhere.csv'"),
        (tmp_path / "notes.csv", {}, FileError, "notes.csv cannot be read as csv"),
        (tmp_path / "notes.txt", {}, FileError, "of no kind that holds a table"),
        (db, {}, SeriesError, "holds no columns of numbers"),
        ([[1.0], [2.0]], {}, SeriesError, "holds no columns of numbers"),
        (frame(), {"store": db}, OptionError, "no series of a store"),
        (frame(), {"every": "1min"}, OptionError, "no series of a store"),
        (frame()[["kind"]], {}, SeriesError, "no column of numbers among"),
    ]
    for data, options, kind, word in wrong:
        with pytest.raises(kind, match=word):
            table_of(data, **options)
    with pytest.raises(UnknownNameError, match="unknown column 'are'"):
        table_of(frame(), ["are"])
    with pytest.raises(OptionError, match="there are 2 columns: a, b"):
        series_of(pd.DataFrame({"a": [1.0], "b": [2.0]}))


def test_columns_that_are_no_times_stay_what_they_are():
    found = table_of(pd.DataFrame({"time": ["first", "second"], "area": [1.0, 2.0], "path": ["a.tif", "b.tif"], "bytes": [3, 4]}))
    assert list(found) == ["area"]
    assert list(found["time"].values) == ["first", "second"]
    naive = table_of(pd.DataFrame({"time": ["2026-11-26T12:00", "2026-11-26T13:00"], "area": [1.0, 2.0]}))
    assert naive["time"].dtype.kind == "M"
    assert "timezone" not in naive["time"].attrs


def test_the_one_column_of_times_is_the_time_whatever_its_name():
    zoned = pd.DataFrame({"taken": ["2026-11-26T12:00Z", "2026-11-26T13:00+00:00"], "area": [1.0, 2.0], "note": ["a", "b"]})
    found = table_of(zoned)
    assert found["area"].dims == ("taken",)
    assert found["taken"].attrs["timezone"] == "UTC"
    assert table_of(zoned.assign(read=zoned["taken"]))["area"].dims == ("sample",)  # which of two is not known
    unnamed = frame()
    unnamed.index.name = None
    assert table_of(unnamed)["area"].dims == ("time",)
    assert unnamed.index.name is None  # what is given stays as it is


def test_a_column_of_names_is_no_axis():
    found = table_of(pd.DataFrame({"sample": ["s1", "s2"], "area": [1.0, 2.0]}))
    assert found["area"].dims == ("line",)
    assert "line" not in found.coords
    named = table_of(pd.DataFrame({"area": [1.0, 2.0]}, pd.Index(["a", "b"], name="core")))
    assert list(named["core"].values) == ["a", "b"]


def test_a_long_table_of_measures_is_laid_side_by_side(tmp_path):
    frames = xr.DataArray(np.random.default_rng(0).random((3, 20, 20)) > 0.4, dims=("time", "y", "x"))
    measured = measure(frames, ["void_fraction", "chords"])
    write(measured, tmp_path / "long.csv")
    found = table_of(tmp_path / "long.csv")
    np.testing.assert_array_equal(found["void_fraction"], measured["void_fraction"])
    np.testing.assert_allclose(found["mean_chord x"], measured["mean_chord"].sel(axis="x"), rtol=1e-15)
    assert found["mean_chord x"].attrs["units"] == "pixel"
    assert not any("chord_count" in name for name in found)  # a curve
    write(measure(frames[0], ["void_fraction"]), tmp_path / "one.csv")
    assert table_of(tmp_path / "one.csv")["void_fraction"].item() == measured["void_fraction"][0].item()
    twice = pd.concat([pd.read_csv(tmp_path / "one.csv")] * 2)
    with pytest.raises(SeriesError, match="has 'void_fraction' twice for one sample"):
        table_of(twice)


def test_a_column_of_texts_is_told_from_one_that_is_not_there():
    mixed = pd.DataFrame({"area": [1.0, 2.0, 3.0], "chord": ["1.5", "n/a", "2"]})
    with pytest.raises(SeriesError, match="the column 'chord' holds no numbers, but 'n/a'"):
        table_of(mixed, ["chord"])
    with pytest.raises(SeriesError, match="but the places of the rows along 'time'"):
        table_of(frame(), ["time"])


def test_what_is_typed_is_a_variable_then_a_path_then_a_series(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_values("load", {"load": 3}) == 3
    assert find_values("load") == "load"
    (tmp_path / "load").write_text("")
    assert find_values("load") != "load"
    assert str(find_values("rows.csv")) == "rows.csv"


def test_completion_knows_tables_series_and_paths(db, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.csv").write_text("")
    scope = {"rows": frame(), "number": 3, "db": db}
    assert complete_line("trend ro", scope) == ("ro", [("rows", "variable"), ("rows.csv", "path")])
    assert ("load", "series") in complete_line("trend --store db lo", scope)[1]


@pytest.mark.filterwarnings("ignore:p and intervals are in doubt:nsi_notebook.errors.NsiWarning")  # of 12 images along time
def test_images_of_a_folder_and_rows_of_watch_follow_one_another_unless_it_is_said(tmp_path):
    rng = np.random.default_rng(0)
    for at in range(12):
        np.save(tmp_path / f"{at:02}.npy", rng.random((16, 16)) > 0.4)
    for kind in ("nc", "csv"):
        write(measure(load(str(tmp_path / "*.npy")), ["void_fraction"]), tmp_path / f"all.{kind}")
        watch(str(tmp_path), ["void_fraction"], output=tmp_path / f"rows.{kind}", pattern="*.npy", once=True, interval=0.02)
    for name, dim in {"all.nc": "time", "all.csv": "time", "rows.nc": "file", "rows.csv": "file"}.items():
        path = tmp_path / name
        assert table_of(path, ["void_fraction"])["void_fraction"].dims == (dim,)
        plain, said = (verbs_test(path, columns=["void_fraction"], popmean=0.6, dim=image) for image in (None, "image"))
        assert any("follow one another" in check.found for check in plain.checks)
        assert not any("follow one another" in check.found for check in said.checks)
        assert said.groups[0].n == 12
        found = detect(path, ["void_fraction"], method="knn", alpha=0.4, first=10, dim="image")
        assert (found.samples.dim, found.samples.ordered) == ("image", False)
        assert detect(path, ["void_fraction"], method="knn", alpha=0.4, first=10).samples.ordered
        with pytest.raises(DimsError, match="no dim 'tiem'"):
            detect(path, ["void_fraction"], method="knn", dim="tiem")


def test_labels_may_be_numbers():
    rows = pd.DataFrame({"kind": [1, 2, 3] * 4, "half": [0, 1] * 6, "area": np.arange(12.0) ** 1.3})
    found = verbs_test(rows, by="kind", columns=["area"])
    assert (found.test, [group.name for group in found.groups]) == ("Welch's analysis of variance", ["1", "2", "3"])
    assert verbs_test(rows, by="half", columns=["area"]).test == "Welch's t test"
    assert list(verbs_describe(rows, ["area"], by="kind").table()["kind"]) == ["1", "2", "3"]
    assert verbs_regress(rows, "area", ["half"], cluster="kind").errors.startswith("clusters: 3")


def test_texts_of_a_dataset_are_labels_of_its_samples():
    held = xr.Dataset({"area": ("sample", [1.0, 2.0]), "kind": ("sample", ["a", "b"])})
    found = table_of(held)
    assert list(found.data_vars) == ["area"]
    assert found["kind"].values.tolist() == ["a", "b"]


@pytest.mark.parametrize("method", ["novelty", "cusum"])
def test_detect_takes_the_columns_of_a_table_as_series(method):
    x = np.random.default_rng(0).normal(size=(600, 2))
    x[500:, 1] += 15
    found = detect(pd.DataFrame(x, columns=["area", "count"]), method=method, alpha=0.01)
    assert found.flag[1, 500:520].any()
    assert found.table()["measure"].iloc[-1] == "count"


def test_the_cell_that_is_no_number_is_named_with_its_row(tmp_path):
    (tmp_path / "a.csv").write_text("t,temp\n" + "".join(f"{i},\n" for i in range(10)) + "10,n/a!\n11,3.5\n")
    with pytest.raises(SeriesError, match=r"'temp' holds no numbers, but 'n/a!' in row 11"):
        table_of(tmp_path / "a.csv", ["temp"])


@pytest.mark.parametrize(
    ("cells", "said", "way", "mend"),
    [
        (
            ["0.3", "n/a?", "0.2", ""],
            "'n/a?' in row 2",
            "pandas.to_numeric(table['porosity'], errors='coerce')",
            lambda table: pd.to_numeric(table["porosity"], errors="coerce"),
        ),
        (
            ["22.6 %", "9%", "31.0 %"],
            "'22.6 %' in row 1",
            "table['porosity'].str.rstrip(' %').astype(float)",
            lambda table: table["porosity"].str.rstrip(" %").astype(float),
        ),
        (
            ["0,35", "0,41", "0,5"],
            "'0,35' in row 1",
            "table['porosity'].str.replace(',', '.').astype(float)",
            lambda table: table["porosity"].str.replace(",", ".").astype(float),
        ),
    ],
)
def test_numbers_that_are_read_as_texts_are_told(cells, said, way, mend):
    table = pd.DataFrame({"porosity": cells, "chord": range(len(cells))})
    with pytest.warns(NsiWarning, match=re.escape(f"porosity is left out: {said} is no number")) as told:
        assert list(table_of(table).data_vars) == ["chord"]
    assert way in str(told[0].message)
    assert table_of(table.assign(porosity=mend(table)))["porosity"].notnull().sum() >= 2
    assert "porosity" in table_of(table, labels=["porosity"]).coords  # without a warning, as it is asked for


@pytest.mark.parametrize("cells", [["si02", "7", "fo15"], ["1a", "2b", "3c"], ["101", "102", "103"], ["1.tif", "2.tif", "3.tif"]])
def test_names_are_no_numbers(cells):
    assert list(table_of(pd.DataFrame({"specimen": cells, "chord": range(3)})).data_vars) == ["chord"]


@pytest.mark.parametrize("kind", ["frame", "series", "parquet"])
def test_the_zone_in_which_times_came_is_kept(tmp_path, kind):
    times = pd.date_range("2026-10-20", periods=240, freq="h", tz="Europe/Berlin", name="time")
    data = pd.DataFrame({"flow": np.random.default_rng(0).normal(size=240)}, times)
    if kind == "parquet":
        data.to_parquet(tmp_path / "b.parquet")
    found = changes(series_of({"frame": data, "series": data["flow"], "parquet": tmp_path / "b.parquet"}[kind], "flow"))
    assert found.line.zone == "Europe/Berlin"


def test_aware_times_of_a_file_are_told_in_the_zone_that_is_said(tmp_path):
    times = pd.date_range("2026-10-20", periods=240, freq="h", tz="Europe/Berlin", name="time")
    pd.DataFrame({"flow": np.random.default_rng(0).normal(size=240)}, times).to_csv(tmp_path / "b.csv")
    read = series_of(tmp_path / "b.csv", "flow")
    assert changes(read).line.zone == "UTC"
    assert changes(read, tz="Europe/Berlin").line.zone == "Europe/Berlin"
    for method in ("mahalanobis", "ewma"):
        found = detect(tmp_path / "b.csv", ["flow"], first=100, method=method, alpha=0.05, tz="Europe/Berlin").table()
        assert str(found["time"].dt.tz) == "Europe/Berlin"


def test_what_is_asked_of_one_column_too_few_or_too_many_says_which():
    rocks = pd.DataFrame({"kind": list("aabb") * 3, "who": list("cdcd") * 3, "area": np.arange(12.0)})
    for ask in (lambda: verbs_describe(rocks, ["who"], by="kind"), lambda: verbs_test(rocks, "who", by="kind")):
        with pytest.raises((SeriesError, OptionError), match="parted by one column: 'kind' or 'who'"):
            ask()
    with pytest.raises(SeriesError, match="'who' holds no numbers"):
        verbs_regress(rocks, "who", ["area"], cluster="kind")
    with pytest.raises(OptionError, match="nothing is named that explains 'area'"):
        verbs_regress(rocks, "area")
    deep = rocks.assign(depth=np.arange(12.0)).set_index("depth")
    assert verbs_regress(deep["area"], "area").table()["value"].iloc[-1] == pytest.approx(1)
