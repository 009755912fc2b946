"""The report that compares two groups of images: which measures differ, with images as the samples."""

from __future__ import annotations

from itertools import combinations

import nbformat
import numpy as np
import pandas as pd
import pytest
import tifffile
import xarray as xr
from scipy import stats

from nsi_notebook import compare, measure
from nsi_notebook.analytics.visualization.differences import figure
from nsi_notebook.errors import DimsError, FileError, OptionError, ReportError
from nsi_notebook.reports import report
from nsi_notebook.reports.differences import differences, differences_finding, differences_table, holm, least_p, made_table
from nsi_notebook.reports.groups import files_of, images_table, same_windows
from nsi_notebook.reports.html import MIME
from nsi_notebook.reports.words import NOTHING, TIMES
from nsi_notebook.voids.synthetic import boolean_model

from .conftest import Seen


def group(fraction, seeds, shape=(64, 64)):
    return [boolean_model(shape, radius=3, fraction=fraction, seed=seed) for seed in seeds]


@pytest.fixture(scope="module")
def masks():
    return group(0.45, range(5)), group(0.65, range(10, 16))


@pytest.fixture(scope="module")
def found(masks):
    return differences(*masks, ["void_fraction", "surface", "chords", "void_profile"])


def write(folder, name, masks):
    (folder / name).mkdir()
    for i, mask in enumerate(masks, 8):  # 8, 9, 10: the order of names is not that of numbers
        tifffile.imwrite(folder / name / f"{name}{i}.tif", np.where(mask, 50, 200).astype("u1"))


@pytest.fixture(scope="module")
def run(tmp_path_factory, masks):
    folder = tmp_path_factory.mktemp("groups")
    write(folder, "a", masks[0])
    write(folder, "b", [*masks[1][1:], *group(0.65, [20], (70, 64))])
    given = {"first": f"{folder}/a/*.tif", "other": str(folder / "b"), "title": "Two", "other_name": "<img src=x> late"}
    return report("compare-groups", given, folder / "out.html", progress=False), folder


def shown(result, kind):
    cells = nbformat.read(result.notebook, as_version=4).cells
    return [o.data[kind] for cell in cells if cell.cell_type == "code" for o in cell.outputs if kind in o.get("data", {})]


def test_the_report_tells_what_the_functions_find(run, masks):
    result, _ = run
    late = [*masks[1][1:], boolean_model((70, 64), radius=3, fraction=0.65, seed=20)[3:67]]
    windows = [[mask.drop_attrs() for mask in side] for side in (masks[0], late)]
    wanted = differences(*windows, ["void_fraction", "components", "surface", "euler", "chords", "distance"])
    texts = shown(result, "text/markdown")
    assert texts[0].startswith("# Two\n")
    assert texts[1] == differences_finding(wanted, ("first", "<img src=x> late"))
    assert "differ** between 5 images of first and 6 of " in texts[1]
    assert "- void fraction is **higher** in " in texts[1]
    assert "The images differ in size" in texts[2]
    assert f"64 y {TIMES} 64 x pixels" in texts[2]
    assert len(shown(result, MIME)) == 3


def test_the_page_shows_names_that_are_markup_and_every_image(run):
    result, _ = run
    seen = Seen(result.html.read_text())
    assert "img" not in seen.tags
    assert "<img src=x> late" in seen.text
    assert all(f"{name}.tif" in seen.text for name in ("a8", "a9", "a10", "a11", "a12", "b8", "b9", "b10", "b11", "b12", "b13"))


def test_a_group_of_one_image_ends_with_what_to_do(run):
    _, folder = run
    given = {"first": f"{folder}/a/a8.tif", "other": f"{folder}/b/*.tif"}
    with pytest.raises(ReportError, match="the first group has 1 image: its spread is not known from fewer than two"):
        report("compare-groups", given, folder / "one.html", progress=False)
    assert not (folder / "one.html").exists()


@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        ({"first": "nothing/*.tif", "other": "b"}, FileError, "there is no such file"),
        ({"other": "b"}, OptionError, "'first' .* is required"),
        ({"first": "b", "other": "b", "method": "ostu"}, OptionError, "did you mean 'otsu'"),
    ],
)
def test_what_is_not_there_is_refused_before_anything_runs(folder, given, error, says):
    (folder / "b").mkdir()
    with pytest.raises(error, match=says):
        report("compare-groups", given, "out.html", progress=False)
    assert [p.name for p in folder.iterdir()] == ["b"]


def test_a_row_is_what_compare_tells_and_the_images_show(found, masks):
    row = found.set_index("measure").loc["perimeter per area"]
    told = compare(*masks, "surface")
    values = [np.array([float(measure(m, "surface").perimeter_density) for m in side]) for side in masks]
    assert row["difference"] == pytest.approx(values[1].mean() - values[0].mean())
    assert (row["first_std"], row["other_std"]) == pytest.approx([v.std(ddof=1) for v in values])
    assert [row["lower"], row["upper"]] == told.perimeter_density_difference_ci.values.tolist()
    assert row["p"] == float(told.perimeter_density_p)
    spread = np.sqrt((4 * values[0].var(ddof=1) + 5 * values[1].var(ddof=1)) / 9)
    assert row["standardised"] == pytest.approx(row["difference"] / spread)
    assert row["standardised_upper"] == pytest.approx(row["upper"] / spread)
    reference = stats.ttest_ind(values[1], values[0], equal_var=False).confidence_interval(0.95)
    assert [row["lower"], row["upper"]] == pytest.approx(list(reference))


def test_there_is_a_row_for_each_axis_and_none_for_curves_or_what_follows_from_a_density(found):
    chord = "mean chord length of the void along"
    assert found["measure"].tolist() == ["void fraction", "perimeter per area", f"{chord} y", f"{chord} x"]
    assert found.attrs == {"images": [5, 6], "level": 0.95}
    with pytest.raises(OptionError, match="no number to compare"):
        differences(*[group(0.5, range(2))] * 2, ["void_profile"])


@pytest.mark.parametrize("seed", range(5))
def test_holm_is_the_closed_test_of_bonferroni(seed):
    p = np.random.default_rng(seed).random(5) ** 3
    everyone = [set(c) for size in range(1, 6) for c in combinations(range(5), size)]
    closed = [max(min(1, len(c) * min(p[j] for j in c)) for c in everyone if i in c) for i in range(5)]
    np.testing.assert_allclose(holm(p), closed)


def test_values_without_p_do_not_count():
    assert np.isnan(holm(np.array([np.nan]))).all()
    assert holm(np.array([])).size == 0
    np.testing.assert_array_equal(holm(np.array([0.02, np.nan])), [0.02, np.nan])


def test_the_least_p_is_what_the_clearest_difference_gives():
    for first, other in [(3, 3), (2, 4), (4, 4)]:
        clear = group(0.3, range(first), (32, 32)), group(0.9, range(9, 9 + other), (32, 32))
        p = differences(*clear, ["void_fraction"])["p"].item()
        assert p == pytest.approx(least_p([first, other]), rel=0.15)
    assert least_p([50, 50]) == 1e-4


def test_too_few_images_are_said_to_be():
    few = differences(group(0.3, range(3)), group(0.8, range(5, 8)), ["void_fraction", "euler"])
    said = differences_finding(few)
    assert said.startswith("**No measure was found to differ** between 3 images of first and 3 of other, of 2 measures")
    assert "So few images could not show any difference:** no p can be below 0.1, and corrected for 2 measures 0.2." in said
    same = differences_finding(differences(group(0.5, range(8)), group(0.5, range(8, 16)), ["void_fraction"]))
    assert "No measure was found to differ" in same
    assert "So few images" not in same


def test_a_lower_value_is_told_with_the_size_of_the_difference(masks):
    said = differences_finding(differences(*masks[::-1], ["void_fraction"]), ("dense", "open"))
    low, high = (float(v) for v in said.split("interval: ")[1].split(")")[0].split(" to "))
    assert "**1 of 1 measure differs** between 6 images of dense and 5 of open" in said
    assert "- void fraction is **lower** in open: " in said
    assert 0 < low < high


def test_groups_that_have_no_value_tell_nothing():
    empty = [xr.DataArray(np.zeros((8, 8), bool), dims=("y", "x"))] * 2
    none = differences(empty, empty, ["distance"])
    assert differences_finding(none).startswith("**Nothing can be told** between 2 images of first and 2 of other")
    assert differences_table(none)["p corrected"].tolist() == [NOTHING]
    assert len(figure(none).data[0].x) == 0


def test_more_than_fit_are_in_the_table(found):
    many = pd.concat([found.assign(holm=0.01)] * 4, ignore_index=True)
    many.attrs = found.attrs
    assert differences_finding(many).endswith("- and 6 more, in the table.")


def test_the_table_is_sorted_and_the_figure_has_a_point_for_each(found):
    table = differences_table(found, ("a", "b"))
    assert list(table)[:3] == ["measure", "a (mean ± SD)", "b (mean ± SD)"]
    assert table["measure"].tolist() == found.sort_values("holm", kind="stable")["measure"].tolist()
    drawn = figure(found, ("a", "b"))
    sure = found[found["holm"] <= 0.05]
    assert set(drawn.data[0].y) == set(sure["measure"])
    assert len(drawn.data[0].y) + len(drawn.data[1].y) == len(found)
    at = list(drawn.data[0].y).index("void fraction")
    row = found.set_index("measure").loc["void fraction"]
    assert drawn.data[0].x[at] == row["standardised"]
    assert drawn.data[0].x[at] + drawn.data[0].error_x.array[at] == pytest.approx(row["standardised_upper"])
    assert drawn.layout.xaxis.title.text.startswith("b minus a")


def test_windows_are_the_middle_that_all_have_and_only_of_unequal_images(masks):
    same, said = same_windows(masks)
    assert said == ""
    assert all(a.identical(b) for one, two in zip(same, masks, strict=True) for a, b in zip(one, two, strict=True))
    odd = group(0.5, [1], (80, 65))
    cut, said = same_windows([masks[0], [*masks[1], *odd]])
    assert cut[1][-1].identical(odd[0][8:72, 0:64])
    assert f"64 y {TIMES} 64 x pixels" in said
    left = 100 * (80 * 65 - 64 * 64) / (11 * 64 * 64 + 80 * 65)
    assert float(said.split("The rest, ")[1].split("%")[0]) == pytest.approx(left, rel=1e-2)


def test_groups_that_cannot_be_compared(masks):
    with pytest.raises(DimsError, match="the other group has 1 image: its spread"):
        same_windows([masks[0], masks[1][:1]])
    with pytest.raises(DimsError, match="differ"):
        same_windows([masks[0], [mask.rename(y="z") for mask in masks[1]]])
    series = xr.concat(masks[1], "time")
    assert same_windows([masks[0], [series]])[0][1][0].sizes == series.sizes


def test_files_are_those_of_folders_patterns_and_names_once_each(folder, masks):
    write(folder, "a", masks[0][:4])
    write(folder, "b", masks[1][:2])
    names = [f"a{i}.tif" for i in (8, 9, 10, 11)]
    for text in (["a"], ["a/*.tif"], ["a/a8.tif", "a"]):
        assert [f.name for f in files_of(text, ["b"])[0]] == names
    with pytest.raises(OptionError, match=r"b8\.tif is in both groups"):
        files_of(["a", "b/b8.tif"], ["./b"])


def test_the_tables_say_what_was_compared(folder, masks, found):
    write(folder, "a", masks[0][:2])
    files = files_of(["a"], [])
    marked = [[xr.DataArray(np.eye(4, dtype=bool), dims=("y", "x"), attrs={"nsi_threshold": 118.0})] * 2, []]
    assert images_table(files, marked, ("a", "b")).iloc[1].tolist() == ["a", "a9.tif", f"4 y {TIMES} 4 x", "118", "25.0%"]
    series = [[xr.DataArray(np.ones((2, 4), bool), dims=("time", "x"), coords={"threshold": ("time", [3.0, 5.0])})], []]
    series[0][0].attrs["nsi_over"] = "frame"
    assert images_table([files[0][:1], []], series, ("a", "b"))["threshold"].tolist() == ["3 to 5"]
    made = made_table(masks, found, method="otsu", channel=None).set_index("what")["how"]
    assert made["images"] == "5 and 6"
    assert made["spacing"] == "not known: lengths are in pixels"
    assert "channel" not in made
    placed = masks[0][0].assign_coords({d: (d, np.arange(64) * s, {"units": "um"}) for d, s in (("y", 2.0), ("x", 0.5))})
    assert made_table([[placed], []], found).set_index("what").loc["spacing", "how"] == "2 µm along y, 0.5 µm along x"
