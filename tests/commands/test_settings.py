"""`[tool.nsi]` in pyproject.toml."""

from __future__ import annotations

import pytest

from nsi_notebook.commands import VERBS
from nsi_notebook.commands.settings import Settings, read_settings
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
    assert settings.for_verb(VERBS["measure"], {}) == {"ci": 0.9, "seed": 3}
    assert settings.for_verb(VERBS["curves"], {}) == {"phase": "bright", "ci": 0.9, "seed": 3}
    assert settings.for_verb(VERBS["measure"], {"method": "otsu", "ci": 0.5}) == {
        "phase": "bright",
        "over": "series",
        "seed": 3,
    }
    assert settings.for_verb(VERBS["samples"], {}) == {}
