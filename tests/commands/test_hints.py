"""Hints for Python are said in the words of a line."""

from __future__ import annotations

import imageio.v3
import numpy as np
import pytest
import skimage.data
import xarray as xr

from nsi_notebook.commands import VERBS, parse, run
from nsi_notebook.commands.calling import spoken
from nsi_notebook.errors import NsiError


@pytest.mark.parametrize(
    ("verb", "hint", "said"),
    [
        ("measure", "choose one: variable='density'", "choose one: --variable density"),
        ("measure", "say which are spatial: dims=('row', 'col')", "say which are spatial: --dims row col"),
        ("void", "mark the image with phase='bright'", "mark the image with --phase bright"),
        ("void", "for example low=100", "for example --set low=100"),
        ("measure", "for example boxes=(2, 4, 8)", "for example --set boxes=2,4,8"),
        ("measure", "for example edge='inner'", "for example --set edge=inner"),
        ("open", "for example low=100", "for example low=100"),
        ("emit", "give aware ones, or say tz='UTC'", "give aware ones"),
        ("trend", "give aware ones, or say tz='UTC'", "give aware ones, or say --tz UTC"),
        (
            "changes",
            "it recurs: seasonal(data, period='1d').adjusted",
            "it recurs; in Python: seasonal(data, period='1d').adjusted",
        ),
        ("changes", "offsets: pandas.DatetimeIndex(times)", "offsets; in Python: pandas.DatetimeIndex(times)"),
        ("void", "rename its dims: image.rename(row='y', col='x')", "rename its dims: image.rename(row='y', col='x')"),
        ("void", "interpolate: image.drop_vars('x')", "interpolate: image.drop_vars('x')"),
        ("void", "did you mean 'channel'?", "did you mean 'channel'?"),
        ("report", "choose another output, or replace it: force=True", "choose another output, or replace it: --force"),
        ("report", "give it: unit='um', or unit='pixel'", "give it: -p unit='um', or -p unit='pixel'"),
        ("report", "-p image=...", "-p image=..."),
        ("sql", "parameters={'x': ...}", "-p x=..."),
        ("emit", "tags={'line': '3'}", "--tags line=3"),
        ("test", "kind='tost' with margin=, in the unit of the values", "--kind tost with --margin, in the unit of the values"),
        ("test", "anova, or names= with two of them", "anova, or --order with two of them"),
        ("test", "leave it out, or two samples and no by=", "leave it out, or two samples and no --by"),
        ("test", "another sample: other=", "another sample: OTHER"),
        ("regress", "means of each subject, or regress with cluster=", "means of each subject, or regress with --cluster"),
        ("regress", "intercept=", "intercept="),
        ("trend", "data.sortby('time')", "rows sorted by time"),
        ("trend", "data.sortby('time'); of pandas: data.sort_index()", "rows sorted by time"),
        ("detect", "neighbours=, fewer", "--set neighbours=..., fewer"),
        ("components", "--method otsu --phase dark", "--method otsu --phase dark"),
    ],
)
def test_keywords_become_options(verb, hint, said):
    assert spoken(hint, VERBS[verb]) == said


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    image = xr.DataArray(skimage.data.coins(), dims=("y", "x"))
    xr.Dataset({"density": image, "other": image // 2}).to_netcdf("two.nc")
    imageio.v3.imwrite("ihc.png", skimage.data.immunohistochemistry())


def hint(line):
    with pytest.raises(NsiError) as caught:
        run(parse(line.split()))
    assert caught.value.args == (caught.value.message, caught.value.hint)
    return caught.value.hint


def test_the_hint_about_a_list_can_be_typed():
    told = hint("measure two.nc lacunarity --variable density --method otsu --set boxes=-4")
    assert told == "for example --set boxes=2,4,8"
    ds = run(parse(f"measure two.nc lacunarity --variable density --method otsu {told.removeprefix('for example ')}".split()))
    assert ds.box.values.tolist() == [2, 4, 8]


def test_an_option_of_the_verb_and_two_that_are_missing():
    line = "representative two.nc void_fraction --variable density --method otsu --set windows=64"
    assert hint(line) == "--windows instead, without --set"
    assert hint("void two.nc --variable density --method hysteresis") == "for example --set low=100 and --set high=200"


@pytest.mark.parametrize("verb", ["open", "void", "measure", "components", "plot"])
def test_a_variable_is_asked_for_and_can_be_given(verb):
    assert hint(f"{verb} two.nc") == "choose one: --variable density"
    more = "" if verb in ("open", "void") else " --method 50"
    assert run(parse(f"{verb} two.nc --variable other{more}".split())) is not None


def test_the_variable_that_was_chosen_is_used():
    found = run(parse(["measure", "two.nc", "void_fraction", "--variable", "other", "--method", "50"]))
    assert float(found.void_fraction) == pytest.approx((skimage.data.coins() // 2 <= 50).mean())


def test_a_variable_of_a_dataset_in_memory_is_chosen_and_one_of_an_array_refused():
    scope = {"two": xr.Dataset({"a": (("y", "x"), np.eye(3, dtype=bool))}), "one": np.eye(3, dtype=bool)}
    assert float(run(parse(["measure", "two", "void_fraction", "--variable", "a"]), scope).void_fraction) == pytest.approx(1 / 3)
    for line, said in (
        ("measure two --variable q", "unknown variable 'q'; there are: a"),
        ("measure one --variable q", "variable='q', but an array is one image"),
        ("open coins --variable q", "variable='q', but an array is one image"),
        ("plot one --variable q", "variable='q', but an array is one image"),
    ):
        with pytest.raises(NsiError, match=said):
            run(parse(line.split()), scope)


def test_a_colour_image_is_told_how_a_channel_is_chosen():
    assert hint("void ihc.png").startswith("--channel mean, or --channel 0")
    assert hint("measure ihc.png --method otsu").startswith("--channel mean, or --channel 0")
