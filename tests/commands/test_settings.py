"""`[tool.nsi]` in pyproject.toml."""

from __future__ import annotations

import numpy as np
import pytest

import nsi_notebook as nsi
from nsi_notebook.commands import VERBS, parse, run
from nsi_notebook.commands.settings import Fallback, Settings, read_settings
from nsi_notebook.errors import FileError, NsiError


def write(folder, text):
    (folder / "pyproject.toml").write_text(text)
    return read_settings(folder)


def test_nothing_there(tmp_path):
    assert write(tmp_path, "[tool.other]\na = 1") == Settings()


def test_found_going_up(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text('[tool.nsi]\nmethod = 100\nphase = "bright"\nci = 0.9\n')
    assert read_settings(tmp_path / "a" / "b") == Settings(method=100, phase="bright", ci=0.9)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[tool.nsi]\nphas = 4", "did you mean 'phase'?"),
        ('[tool.nsi]\nphase = "drak"', "did you mean 'dark'?"),
        ("[tool.nsi]\nci = 'high'", "ci must be a number, not 'high'"),
        ("[tool.nsi]\nci = 90", "ci must be between 0 and 1, not 90"),
        ("[tool.nsi]\nseed = -1", "seed must be a whole number from 0, not -1"),
        ("[tool.nsi\n", "pyproject.toml is not TOML"),
        ("[tool]\nnsi = 3", "not a table"),
    ],
)
def test_wrong(tmp_path, text, says):
    with pytest.raises(NsiError) as caught:
        write(tmp_path, text)
    assert says in str(caught.value)
    assert "pyproject.toml" in caught.value.message or "[tool.nsi]" in caught.value.message


def test_not_text(tmp_path):
    (tmp_path / "pyproject.toml").write_bytes(b"\xff\xfe[tool]")
    with pytest.raises(FileError, match="not TOML"):
        read_settings(tmp_path)


def test_what_applies_where():
    settings = Settings(method="li", phase="bright", over="series", ci=0.9, seed=3)
    assert settings.for_verb(VERBS["void"], {}) == {"method": "li", "phase": "bright", "over": "series"}
    fallback = Fallback("li", "bright", "series")
    assert settings.for_verb(VERBS["measure"], {}) == {"method": fallback, "ci": 0.9, "seed": 3}
    assert settings.for_verb(VERBS["plot"], {}) == {}
    assert settings.for_verb(VERBS["curves"], {}) == {"phase": "bright", "ci": 0.9, "seed": 3}
    assert settings.for_verb(VERBS["measure"], {"method": "otsu", "ci": 0.5}) == {
        "phase": "bright",
        "over": "series",
        "seed": 3,
    }
    assert settings.for_verb(VERBS["samples"], {}) == {}


COINS = nsi.sample("coins")


@pytest.mark.parametrize(
    ("line", "share"),
    [
        ("measure coins void_fraction", lambda found: found.void_fraction.item()),
        ("preset surface_inspection coins", lambda found: found.coverage.item()),
        ("compare coins coins --replicates 9", lambda found: found.void_fraction_other.item()),
        ("components coins", lambda found: found["pixels"].sum() / COINS.size),
        ("map distance coins", lambda found: float((found > 0).mean())),
        ("representative coins", lambda found: found.void_fraction_mean.values[-1]),
    ],
)
@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # of tiles that vary together
def test_a_method_makes_masks_of_grey_images_and_leaves_masks(line, share):
    settings = Settings(method=100, phase="bright")
    assert share(run(parse(line.split()), settings=settings)) == pytest.approx(float((COINS > 100).mean()))
    dark = run(parse([*line.split(), "--phase", "dark"]), settings=settings)
    assert share(dark) == pytest.approx(float((COINS <= 100).mean()))
    masks = {"coins": COINS > 150}
    assert share(run(parse(line.split()), masks, settings)) == pytest.approx(float((COINS > 150).mean()))
    with pytest.raises(NsiError, match="phase='dark', but this is a mask already"):
        run(parse([*line.split(), "--phase", "dark"]), masks, settings)


def test_a_method_has_its_options_where_it_applies():
    settings = Settings(method="sauvola")
    found = run(parse(["measure", "coins", "void_fraction", "--set", "window=31"]), settings=settings)
    assert found.void_fraction.item() == float(nsi.void(COINS, "sauvola", window=31).mean())
    with pytest.raises(NsiError, match="window"):
        run(parse(["measure", "m", "void_fraction", "--set", "window=31"]), {"m": np.eye(9, dtype=bool)}, settings)


def test_a_preset_of_the_image_itself_needs_no_method():
    volume = nsi.voids.space.respaced(COINS.expand_dims(z=3).astype(float) - 1000, 1.0, "mm")
    found = run(parse(["preset", "lung_ct", "scan"]), {"scan": volume}, Settings(method="otsu"))
    assert "laa" in " ".join(map(str, found.data_vars)).lower()
