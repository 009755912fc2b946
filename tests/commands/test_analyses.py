"""The verbs of analysis: each gives what its function gives, from files, variables and stores, and writes it."""

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.stats import friedmanchisquare, levene, ttest_ind, ttest_rel, tukey_hsd

from nsi_notebook import analytics
from nsi_notebook.analytics import TimeSeriesDatabase
from nsi_notebook.analytics.core.batch import Batch
from nsi_notebook.cli import main
from nsi_notebook.commands import VERBS, parse, run
from nsi_notebook.commands.printing import text_of
from nsi_notebook.errors import FileError, OptionError, SeriesError, TimeError, UnknownNameError

RNG = np.random.default_rng(11)
N = 240
TIME = pd.date_range("2026-11-01", periods=N, freq="h", tz="UTC", name="time")
ROCKS = pd.DataFrame(
    {
        "kind": np.tile(["sand", "clay", "chalk"], 20),
        "core": np.repeat([f"c{i}" for i in range(20)], 3),
        "porosity": RNG.normal(0.3, 0.03, 60) + np.tile([0.0, 0.05, 0.1], 20),
        "chord": RNG.gamma(4, 2, 60),
        "depth": RNG.uniform(1, 9, 60),
    }
)
ROCKS.attrs["units"] = {"chord": "um", "depth": "m"}
LOAD = pd.Series(RNG.normal(size=N) + 3.0 * (np.arange(N) >= 150) + 0.002 * np.arange(N), TIME, name="load")
LOAD.attrs["units"] = "kN"
TWO = ROCKS[ROCKS["kind"] != "chalk"].assign(group=lambda t: t["kind"])
FOUR = pd.concat([ROCKS, ROCKS[:9].assign(kind="marl")])


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("store") / "runs"
    with TimeSeriesDatabase(folder) as db:
        db.append(Batch.of("load", LOAD.to_numpy(), TIME, unit="kN"))
    return folder


def verb(name, *values, **options):
    return VERBS[name].function(*values, **options)


def of_rocks(columns):
    return ROCKS.set_index(pd.RangeIndex(len(ROCKS), name="sample"))[columns]


def of_cores(kind):
    return TWO[TWO["kind"] == kind].set_index("core")["porosity"]


CASES = {
    "two groups": (
        lambda: verb("test", TWO, by="group", columns=["porosity"]),
        lambda: analytics.test(TWO[["porosity", "group"]], by="group"),
    ),
    "two tables": (
        lambda: verb("test", TWO[:20], TWO[20:], columns=["chord"], kind="mann-whitney", alternative="less"),
        lambda: analytics.test(TWO["chord"][:20], TWO["chord"][20:], kind="mann-whitney", alternative="less"),
    ),
    "one sample": (
        lambda: verb("test", ROCKS, columns=["porosity"], popmean=0.3),
        lambda: analytics.test(ROCKS["porosity"], popmean=0.3),
    ),
    "three groups": (
        lambda: verb("test", ROCKS, columns=["porosity"], by="kind"),
        lambda: analytics.anova(ROCKS[["porosity", "kind"]], by="kind"),
    ),
    "within cores": (
        lambda: verb("test", ROCKS, columns=["porosity"], by="kind", subject="core"),
        lambda: analytics.anova(ROCKS[["porosity", "kind", "core"]], by="kind", subject="core"),
    ),
    "pairs of cores": (
        lambda: verb("test", TWO, columns=["porosity"], by="group", subject="core"),
        lambda: analytics.test(of_cores("clay"), of_cores("sand"), kind="paired", names=["clay", "sand"]),
    ),
    "ranks of pairs": (
        lambda: verb("test", TWO, columns=["porosity"], by="group", subject="core", kind="wilcoxon"),
        lambda: analytics.test(of_cores("clay"), of_cores("sand"), kind="wilcoxon", names=["clay", "sand"]),
    ),
    "pairs in an order": (
        lambda: verb("test", TWO, columns=["porosity"], by="group", order=["sand", "clay"], subject="core", alternative="less"),
        lambda: analytics.test(of_cores("sand"), of_cores("clay"), kind="paired", names=["sand", "clay"], alternative="less"),
    ),
    "two of three groups in an order": (
        lambda: verb("test", ROCKS, columns=["porosity"], by="kind", order=["sand", "chalk"], alternative="less"),
        lambda: analytics.test(ROCKS[["porosity", "kind"]], by="kind", names=["sand", "chalk"], alternative="less"),
    ),
    "three of four groups": (
        lambda: verb("test", FOUR, columns=["porosity"], by="kind", order=["sand", "clay", "chalk"]),
        lambda: analytics.anova(ROCKS[["porosity", "kind"]], by="kind"),
    ),
    "ranks of groups": (
        lambda: verb("test", ROCKS, columns=["chord"], by="kind", kind="kruskal"),
        lambda: analytics.anova(ROCKS[["chord", "kind"]], by="kind", kind="kruskal"),
    ),
    "a pair": (
        lambda: verb("correlate", ROCKS, ["porosity", "chord"], method="spearman"),
        lambda: analytics.correlate(ROCKS["porosity"], ROCKS["chord"], method="spearman"),
    ),
    "a pair with depth held": (
        lambda: verb("correlate", ROCKS, ["porosity", "chord"], given=["depth"]),
        lambda: analytics.correlate(ROCKS["porosity"], ROCKS["chord"], given=ROCKS["depth"]),
    ),
    "a matrix": (
        lambda: verb("correlate", ROCKS),
        lambda: analytics.correlate(of_rocks(["porosity", "chord", "depth"])),
    ),
    "a line": (
        lambda: verb("regress", ROCKS, "porosity", ["depth"], errors="hc3"),
        lambda: analytics.regress(ROCKS["porosity"], ROCKS[["depth"]], errors="hc3"),
    ),
    "a line with clusters": (
        lambda: verb("regress", ROCKS, "porosity", ["depth"], cluster="core"),
        lambda: analytics.regress(ROCKS["porosity"], ROCKS[["depth"]], cluster=ROCKS["core"]),
    ),
    "along time": (lambda: verb("regress", LOAD, "load"), lambda: analytics.regress(LOAD)),
    "a trend": (lambda: verb("trend", LOAD, per="h"), lambda: analytics.trend(LOAD, per="h")),
    "changes": (lambda: verb("changes", LOAD), lambda: analytics.changes(LOAD)),
    "a forecast": (lambda: verb("forecast", LOAD, "5h", period=1), lambda: analytics.forecast(LOAD, "5h", period=1)),
    "a table of anomalies": (
        lambda: verb("detect", ROCKS, ["porosity", "chord"], first=40, method="mahalanobis"),
        lambda: analytics.detect(of_rocks(["porosity", "chord"]), 40, method="mahalanobis"),
    ),
    "half is normal": (
        lambda: verb("detect", ROCKS, ["porosity", "chord"], method="knn", alpha=0.1),
        lambda: analytics.detect(of_rocks(["porosity", "chord"]), 30, method="knn", alpha=0.1),
    ),
    "another table is normal": (
        lambda: verb("detect", ROCKS[40:], ["porosity", "chord"], reference=ROCKS[:40], method="pca"),
        lambda: analytics.detect(of_rocks(["porosity", "chord"])[40:], of_rocks(["porosity", "chord"])[:40], method="pca"),
    ),
}


@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # short samples and series: not what is asked here
@pytest.mark.parametrize("case", CASES)
def test_a_verb_gives_what_its_function_gives(case):
    found, wanted = (make() for make in CASES[case])
    ours, theirs = found.table(), wanted.table()
    shared = [column for column in theirs.columns if column not in ("measure", "sample")]  # names of what has none
    pd.testing.assert_frame_equal(ours[shared], theirs[shared], check_index_type=False)
    assert text_of(found).splitlines()[0] == str(found).splitlines()[0]
    assert ("<table>" in found._repr_html_()) != found.table().empty


LINES = {
    "describe": ["--ci", "0.95", "--every", "2h"],
    "trend": ["--per", "d"],
    "changes": [],
    "forecast": ["6"],
    "regress": ["load"],
    "detect": ["--method", "novelty", "--first", "100"],
    "test": ["--popmean", "1", "--until", TIME[150].isoformat()],  # before it jumps
}


@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")
@pytest.mark.parametrize("name", LINES)
def test_a_line_asks_a_store_and_writes_table_and_figure(name, store, tmp_path, capsys):
    words = [name, "load", *LINES[name], "--store", str(store)]
    assert main(words) == 0, capsys.readouterr().err
    shown = capsys.readouterr().out
    assert "load" in shown or "kN" in shown or "time" in shown
    for suffix in (".csv", ".json", ".html"):
        target = tmp_path / f"out{suffix}"
        assert main([*words, "-o", str(target)]) == 0
        assert capsys.readouterr().out == f"wrote {target}\n"
        assert target.stat().st_size > 20
    rows = json.loads((tmp_path / "out.json").read_text())
    assert len(rows) == len(pd.read_csv(tmp_path / "out.csv"))
    assert "plotly" in (tmp_path / "out.html").read_text()


@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")
@pytest.mark.parametrize("name", ["trend", "changes", "forecast", "regress"])
def test_arrays_are_written_as_they_are(name, tmp_path):
    target = tmp_path / "out.nc"
    values = {"forecast": (LOAD, 3), "regress": (LOAD, "load")}.get(name, (LOAD,))
    found = verb(name, *values, output=str(target))
    with xr.open_dataset(target, engine="h5netcdf") as held:
        assert set(held.data_vars) == set(found.to_xarray().data_vars)


def test_series_that_stand_side_by_side_are_correlated(store):
    with TimeSeriesDatabase("memory:") as db:
        for line in "123":
            db.append(Batch.of("load", RNG.normal(size=N), TIME, unit="kN", tags={"line": line}))
        found = verb("correlate", "load", store=db, every="1h")
    assert len(found) == 3
    assert found.results[0].measure == 'load{line="1"} and load{line="2"}'


def test_a_slope_is_told_in_the_unit_of_time_that_is_asked_for():
    whole, found = verb("regress", LOAD.to_frame(), "load"), verb("regress", LOAD.to_frame(), "load", per="d")
    assert found["time"].value == pytest.approx(86400 * whole["time"].value)
    assert found["time"].p == pytest.approx(whole["time"].p)
    assert found["time"].unit == "kN/d"
    with pytest.raises(OptionError, match="per is 'fortnight'"):
        verb("regress", LOAD.to_frame(), "load", per="fortnight")


def test_one_series_along_time_is_watched_by_novelty_and_a_table_by_the_ensemble():
    odd = LOAD - 3.0 * (np.arange(N) >= 150)
    odd.attrs["units"] = "kN"
    odd.iloc[200] = 40.0
    uneven = odd.drop(odd.index[[3, 4, 90]])
    for series in (odd, uneven):
        found = verb("detect", series)
        assert found.table()["since"].tolist() == [TIME[200]]
        pd.testing.assert_frame_equal(found.table(), verb("detect", series, method="novelty").table())
    assert verb("detect", odd[100:], reference=odd[:100]).table()["since"].tolist() == [TIME[200]]
    assert verb("detect", ROCKS, ["porosity"]).method == "ensemble"
    assert verb("detect", odd.to_frame().assign(other=RNG.normal(size=N)), alpha=0.1).method == "ensemble"


def test_what_has_no_meaning_is_said():
    with pytest.raises(OptionError, match="both another sample and by= are given"):
        verb("test", TWO, TWO, by="group", subject="core")
    with pytest.raises(UnknownNameError, match="unknown label 'cor'"):
        verb("test", TWO, by="group", subject="cor")
    with pytest.raises(SeriesError, match="core 'c0' has 2 values of 'clay', and"):
        verb("test", pd.concat([TWO, TWO]), by="group", subject="core")
    with pytest.raises(OptionError, match="popmean has no meaning where groups are tested"):
        verb("test", ROCKS, by="kind", popmean=1.0)
    with pytest.raises(UnknownNameError, match="unknown group of kind 'snd'"):
        verb("test", ROCKS, by="kind", order=["snd", "clay"])
    with pytest.raises(OptionError, match="two groups or more"):
        verb("test", ROCKS, by="kind", order=["clay"])
    with pytest.raises(OptionError, match="no meaning without groups"):
        verb("test", ROCKS, order=["sand", "clay"])
    with pytest.raises(OptionError, match="per is the unit of time, and there are other predictors"):
        verb("regress", ROCKS, "porosity", ["depth"], per="h")
    with pytest.raises(OptionError, match="per is the unit of time, and 'sample' is no time"):
        verb("regress", ROCKS, "porosity", per="h")
    with pytest.raises(OptionError, match="reference and first both say"):
        verb("detect", ROCKS, reference=ROCKS, first=3)


def test_a_line_that_goes_wrong_says_so_in_one_line(tmp_path, capsys, store):
    ROCKS.to_csv(tmp_path / "rocks.csv", index=False)
    path = str(tmp_path / "rocks.csv")
    for words, said in [
        (["test", path, "--by", "knd"], "knd"),
        (["trend", path], "there are 3 columns"),
        (["trend", path, "porsity"], "did you mean 'porosity'?"),
        (["changes", "laod", "--store", str(store)], "did you mean 'load'?"),
        (["forecast", path, "soon", "porosity"], "soon"),
        (["detect", path, "--method", "novlty"], "did you mean 'novelty'?"),
        (["correlate", path, "porosity"], "two columns or more"),
        (
            ["regress", path, "porosity", "kind"],
            "--by kind; as columns of 0 and 1: pandas.get_dummies(table, columns=['kind']",
        ),
        (["regress", path, "porosity", "depth", "--cluster", "cor"], "did you mean 'core'?"),
        (["regress", path, "porosity", "depth", "--errors", "hac"], "--errors classical, --errors hc3 or --errors cluster"),
        (["regress", path, "porosity", "porosity"], "porosity"),
    ]:
        assert main(words) == 1, words
        err = capsys.readouterr().err
        assert said in err, err
        assert len(err.splitlines()) <= 2


def test_doubts_name_options_of_the_line(tmp_path, capsys):
    skewed = ROCKS.assign(chord=np.exp(ROCKS["chord"]))
    skewed[["chord", "depth", "porosity"]].to_csv(tmp_path / "rocks.csv", index=False)
    for columns in (["chord", "depth"], ["chord", "depth", "porosity"]):  # a sentence, and a column of a table
        assert main(["correlate", str(tmp_path / "rocks.csv"), *columns]) == 0
        shown = capsys.readouterr().out
        assert "--method spearman" in shown
        assert "method='spearman'" not in shown


def test_a_choice_in_other_letters_is_told(tmp_path, capsys):
    assert main(["regress", "rocks.csv", "porosity", "depth", "--errors", "HC3"]) == 2
    assert "did you mean 'hc3'?" in capsys.readouterr().err


def test_a_column_of_a_variable_is_told_by_its_name():
    from nsi_notebook.commands.values import find_values

    with pytest.raises(FileError, match="hint: rocks, and the column by its name: porosity"):
        find_values("rocks.porosity", {"rocks": ROCKS})
    assert find_values("oven.heat", {"rocks": ROCKS}) == "oven.heat"
    assert find_values("rocks.heat", {"rocks": ROCKS}) == "rocks.heat"  # a series of a store may be called so


@pytest.mark.parametrize(
    ("line", "said", "hint"),
    [
        ("describe semi.csv temp", "its columns are parted by semicolons, not by commas", "sep=';'"),
        ("trend tabs.csv", "parted by tabs", "sep="),
        ("describe dir", "'dir' is a folder, and no table", "NAME --store dir"),
        ("describe one.nc", "void_fraction: one number of each, as of one image, is one sample", "nsi measure FOLDER"),
        ("describe one.nc void_fraction", "is one sample", "nsi measure FOLDER"),
        ("forecast rocks.csv porosity 12", "the horizon is 'porosity', and the column '12'", "how far comes first: 12 porosity"),
        ("forecast rocks.csv porosity", "the horizon is 'porosity'", "12 porosity, for the column 'porosity'"),
        ("detect rocks.csv --alpha 2", "alpha=2.0 is not a level between 0 and 1", "--alpha 0.05"),
        ("detect half.csv", "13 calibration samples allow no p below 1/14", "hint: --first 19 or more, or --alpha 0.0715"),
        ("detect load.csv --first 9", "and the first 9 of the samples do", "--first, more of them"),
        (
            "detect load.csv --first 99 --method robust_z",
            "give 0, as robust_z",
            "--first 219 or more; or a smaller --set window=",
        ),
        ("test rocks.csv --kind tost", "margin=None", "--kind tost with --margin"),
        ("test rocks.csv --kind paired", "takes two samples, and each of the columns", "--columns, two of them"),
        ("test rocks.csv --columns porosity --by chord", "'chord' holds numbers", "pandas melt"),
        ("correlate rocks.csv porosity chord --given porosity", "porosity is held fixed, and cannot", "another column beside it"),
    ],
)
def test_a_hint_leads_on(tmp_path, monkeypatch, capsys, line, said, hint):
    monkeypatch.chdir(tmp_path)
    ROCKS.to_csv("rocks.csv", index=False)
    pd.DataFrame({"chord": np.random.default_rng(0).normal(size=27)}).to_csv("half.csv", index=False)
    at = pd.date_range("2026-11-26", periods=300, freq="h", tz="UTC")
    pd.DataFrame({"taken": at, "load": np.random.default_rng(0).normal(size=300)}).to_csv("load.csv", index=False)
    (tmp_path / "semi.csv").write_text("time;temp\n2026-11-26T12:00Z;3\n")
    (tmp_path / "tabs.csv").write_text("time\ttemp\n2026-11-26T12:00Z\t3\n")
    (tmp_path / "dir").mkdir()
    xr.Dataset({"void_fraction": 0.3}).to_netcdf("one.nc", engine="h5netcdf")
    assert main(line.split()) == 1
    error, told = capsys.readouterr().err.splitlines()
    assert said in error
    assert hint in told


WIDE = pd.DataFrame({"anna": [3.0, 4, 6, 5, 7, 8], "bert": [4.0, 6, 7, 5, 9, 9], "carl": [2.0, 4, 4, 3, 6, 5]})


def test_columns_of_a_wide_table_are_samples_row_by_row(tmp_path, capsys):
    path = str(tmp_path / "wide.csv")
    WIDE.to_csv(path, index=False)
    paired = verb("test", path, columns=["anna", "bert"], kind="paired")
    assert paired.p == pytest.approx(ttest_rel(WIDE["anna"], WIDE["bert"]).pvalue, rel=1e-12)
    assert "lower in anna than in bert" in paired.sentence
    assert verb("test", path, kind="friedman").p == pytest.approx(friedmanchisquare(*WIDE.to_numpy().T).pvalue, rel=1e-9)
    assert verb("test", path, kind="levene").p == pytest.approx(levene(*WIDE.to_numpy().T).pvalue, rel=1e-9)
    welch = verb("test", path, columns=["carl", "bert"], kind="welch")
    assert welch.p == pytest.approx(ttest_ind(WIDE["carl"], WIDE["bert"], equal_var=False).pvalue, rel=1e-12)
    assert main(["test", path, "anna", "bert"]) == 2
    assert "--columns A bert --kind paired" in capsys.readouterr().err


def test_series_keep_their_names_where_they_are_tested():
    found = verb("test", WIDE["anna"], WIDE["bert"], kind="paired")
    assert found == analytics.test(WIDE["anna"], WIDE["bert"], kind="paired")
    assert [group.name for group in found.groups] == ["anna", "bert"]


def test_groups_that_are_days_are_chosen_as_they_are_named():
    days = pd.to_datetime(["2026-03-02", "2026-03-03", "2026-03-04"]).repeat(6)
    frame = pd.DataFrame({"day": days, "porosity": np.random.default_rng(4).normal(size=18)})
    asked = ["2026-03-04", "2026-03-02"]
    found = verb("test", frame, by="day", order=asked)
    assert [group.name for group in found.groups] == asked
    kept = verb("test", frame, by="day", order=asked, kind="anova")
    assert [group.name for group in kept.groups] == asked[::-1]
    assert [group.name for group in verb("test", frame, by="day").groups] == ["2026-03-02", "2026-03-03", "2026-03-04"]
    assert verb("describe", frame, by="day").table()["day"].tolist() == ["2026-03-02", "2026-03-03", "2026-03-04"]


def test_an_option_of_the_verb_is_said_in_place_of_set(capsys):
    assert main(["changes", "rocks.csv", "temp", "--set", "penalty=3"]) == 2
    assert "did you mean '--penalty'?" in capsys.readouterr().err


def test_pairs_of_groups_have_rows_that_are_printed_and_written_for_each_column(tmp_path, capsys):
    rng = np.random.default_rng(8)
    kinds = ["clay", "loam", "sand"]
    frame = pd.DataFrame({"soil": np.repeat(kinds, 9), "pores": rng.normal(size=27) + np.repeat([0, 1, 3], 9)})
    frame["chord (um)"] = rng.normal(5, 1, 27)
    frame.to_csv(tmp_path / "m.csv", index=False)
    line = ["test", str(tmp_path / "m.csv"), "--by", "soil"]
    assert main(line) == 0
    printed = capsys.readouterr().out
    assert printed.count("Games-Howell test") == 6
    assert main([*line, "-o", str(tmp_path / "pairs.csv")]) == 0
    assert main([*line, "--columns", "pores", "-o", str(tmp_path / "pairs.json")]) == 0
    written = pd.read_csv(tmp_path / "pairs.csv")
    assert [
        name for name in written.columns if name.endswith("(um)")
    ] == []  # of um and of what has none: the unit is in its column
    for measure, name, unit in (("pores", "pores", "1"), ("chord", "chord (um)", "um")):
        groups = [frame[name][frame["soil"] == kind] for kind in kinds]
        peer = tukey_hsd(*groups, equal_var=False)
        mine = written[(written["measure"] == measure) & written["one"].notna()]
        assert list(zip(mine["one"], mine["other"], strict=True)) == [("clay", "loam"), ("clay", "sand"), ("loam", "sand")]
        assert set(mine["estimate_unit"]) == {unit}
        np.testing.assert_allclose(mine["p_adjusted"], peer.pvalue[np.triu_indices(3, 1)], atol=1e-9)
        np.testing.assert_allclose(mine["estimate_value"], peer.statistic[np.triu_indices(3, 1)], rtol=1e-12)
    assert written["test"].tolist() == ["Welch's analysis of variance", *["Games-Howell test"] * 3] * 2
    assert [row["one"] for row in json.loads((tmp_path / "pairs.json").read_text())] == ["", "clay", "clay", "loam"]


def test_samples_of_one_column_in_two_files_are_called_as_these(tmp_path):
    rng = np.random.default_rng(0)
    paths = [tmp_path / name for name in ("sand.csv", "clay.csv")]
    for path in paths:
        pd.DataFrame({"porosity": rng.normal(size=20)}).to_csv(path, index=False)
    found = VERBS["test"].function(*map(str, paths))
    assert [group.name for group in found.groups] == ["sand", "clay"]
    assert found.p == ttest_ind(*(pd.read_csv(path)["porosity"] for path in paths), equal_var=False).pvalue
    (tmp_path / "more").mkdir()
    again = paths[1].rename(tmp_path / "more" / "sand.csv")
    same = VERBS["test"].function(paths[0], again)
    assert [group.name for group in same.groups] == [str(paths[0]), str(again)]


def test_a_column_in_place_of_the_other_table_is_told_apart_with_a_hint_that_works(tmp_path, capsys):
    rng = np.random.default_rng(0)
    wide = pd.DataFrame({"anna": rng.normal(size=20), "ben": rng.normal(size=20)})
    wide.to_csv(tmp_path / "wide.csv", index=False)
    with pytest.raises(OptionError, match="'anna' is no variable or file, but a column") as raised:
        VERBS["test"].function(str(tmp_path / "wide.csv"), "anna")
    assert main(["test", str(tmp_path / "wide.csv"), *raised.value.hint.split()]) == 0
    assert f"{ttest_ind(wide['ben'], wide['anna'], equal_var=False).pvalue:.2g}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("changes", {}), ("describe", {}), ("detect", {}), ("trend", {}), ("forecast", {"horizon": 3}),
        ("test", {"popmean": 0.0}), ("correlate", {}), ("regress", {"y": "load", "x": ["power"]}),
    ],
)  # fmt: skip
def test_a_zone_that_there_is_not_is_refused_though_the_times_have_one(name, given):
    data = LOAD.to_frame().assign(power=RNG.normal(size=N)) if name in ("correlate", "regress") else LOAD
    with pytest.raises(TimeError, match="unknown time zone 'Europe/Berlinn'"):
        verb(name, data, **given, tz="Europe/Berlinn")


@pytest.mark.parametrize(
    "line", ["trend load --since 2026-11-02", "changes load --until 2026-11-09T12:00", "window load 1h --since 2026-11-03"]
)
def test_the_hint_about_a_time_without_a_zone_can_be_typed(store, line):
    given = [*line.split(), "--store", str(store)]
    with pytest.raises(TimeError, match="has no zone") as caught:
        run(parse(given))
    typed = caught.value.hint.partition(" in UTC")[0].split()
    at = given.index(typed[0])
    found = run(parse([*given[:at], *typed, *given[at + 2 :]]))
    if line.startswith("window"):
        assert "--tz" not in caught.value.hint
    else:  # what --tz says is the zone of what is typed, too
        assert caught.value.hint.endswith("or --tz Europe/Berlin")
        assert repr(run(parse([*given, "--tz", "UTC"]))) == repr(found)
        said = [typed[1].replace("Z", "+01:00") if i == at + 1 else word for i, word in enumerate(given)]
        berlin = [run(parse([*words, "--tz", "Europe/Berlin"])).table() for words in (given, said)]
        pd.testing.assert_frame_equal(*berlin)
        assert not berlin[0].equals(found.table())
