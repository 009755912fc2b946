from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from nsi_notebook.widgets.base import STATIC

WIDGETS = Path(__file__).parents[2] / "widgets"


def node() -> str:
    """Path of node; without it or the installed packages these tests are left out, except under CI."""
    found = shutil.which("node")
    if found is None or not (WIDGETS / "node_modules").is_dir():
        said = "the front end is not set up (Node 20 and: cd widgets && npm ci)"
        if os.environ.get("CI") == "true":
            pytest.fail(said)
        pytest.skip(said)
    return found


def test_a_rebuild_gives_the_committed_bytes(tmp_path):
    subprocess.run([node(), "build.mjs", str(tmp_path)], cwd=WIDGETS, check=True)
    built = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    kept = {path.name: path.read_bytes() for path in STATIC.iterdir()}
    assert sorted(built) == sorted(kept)
    differ = [name for name in built if built[name] != kept[name]]
    assert not differ, "rebuild and commit: cd widgets && npm ci && npm run build"


def test_every_widget_has_a_bundle_that_loads_nothing_else():
    names = [path.stem for path in (WIDGETS / "src").glob("*.ts") if not path.name.endswith(".d.ts")]
    assert names == ["threshold"]
    for name in names:
        text = (STATIC / f"{name}.js").read_text()
        assert "import(" not in text
        assert "http" not in text


def test_the_plotly_bundle_keeps_its_licence():
    assert "Licensed under the MIT license" in (STATIC / "plotly-cartesian.min.js").read_text()[:400]


def test_the_lock_pins_exact_versions_and_names_no_host():
    lock = json.loads((WIDGETS / "package-lock.json").read_text())
    assert not [name for name, entry in lock["packages"].items() if "resolved" in entry]
    wanted = json.loads((WIDGETS / "package.json").read_text())["devDependencies"]
    assert all(version[0].isdigit() for version in wanted.values())
    assert {name: lock["packages"][f"node_modules/{name}"]["version"] for name in wanted} == wanted
