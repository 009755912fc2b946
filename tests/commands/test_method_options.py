"""Options of a method go to the mask, wherever one is made."""

from __future__ import annotations

import imageio.v3
import numpy as np
import pytest
import skimage.data
from scipy import ndimage
from skimage.filters import apply_hysteresis_threshold

from nsi_notebook.commands import parse, run
from nsi_notebook.errors import InputError
from nsi_notebook.voids.segmentation import apart

COINS = skimage.data.coins()
HOW = "--method hysteresis --phase bright --set low=90 --set high=150"
EMPTY = apply_hysteresis_threshold(COINS, 90, 150)


def call(line):
    return run(parse(line.split()))


def test_hysteresis_can_be_used_wherever_a_mask_is_made():
    assert float(call(f"measure coins void_fraction {HOW}").void_fraction) == pytest.approx(EMPTY.mean())
    assert len(call(f"components coins {HOW}")) == ndimage.label(EMPTY)[1]
    assert f"{EMPTY.mean():.3f}" in call(f"plot coins {HOW}").layout.title.text
    assert call(f"plot coins {HOW} --set title=mine").layout.title.text == "mine"


def test_options_of_the_measures_still_reach_them():
    found = call("measure coins chords --method sauvola --set window=31 --set edge=inner")
    assert found.chord_count.attrs["nsi_edge"] == "inner"
    assert found.attrs["nsi_window"] == 31
    assert apart({"window": 31, "edge": "inner"}, None) == ({}, {"window": 31, "edge": "inner"})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("measure coins void_fraction --method otsu --set window=31", "otsu: unknown option 'window'"),
        ("measure coins void_fraction --method 100 --set window=31", "unknown option 'window'"),
        ("components coins --method 100 --set conectivity=8", "unknown option of components 'conectivity'"),
    ],
)
def test_an_option_that_the_method_does_not_have_is_said(line, said):
    with pytest.raises(InputError, match=said):
        call(line)


def test_a_stored_mask_is_recognised_and_the_hint_gives_the_mask_back(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    truth = COINS <= 100
    for bright in (255, 1):
        imageio.v3.imwrite("mask.png", truth.astype(np.uint8) * np.uint8(bright))
        with pytest.raises(InputError) as caught:
            call("measure mask.png")
        how = caught.value.hint.partition(": ")[2]
        assert how == f"--method {bright // 2} --phase bright"
        assert float(call(f"measure mask.png void_fraction {how}").void_fraction) == truth.mean()
    imageio.v3.imwrite("all.png", np.full((5, 5), 255, np.uint8))
    with pytest.raises(InputError) as caught:
        call("measure all.png")
    assert "--method 127 --phase bright" in caught.value.hint
    with pytest.raises(InputError) as caught:
        call("measure coins")
    assert "--method otsu --phase dark" in caught.value.hint
