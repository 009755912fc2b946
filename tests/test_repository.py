"""Rules about the tracked files."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def tracked() -> list[Path]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file()]


# built from pieces, so that this file does not name them
HOSTS = [
    "pypi" + ".org",
    "files.python" + "hosted.org",
    "registry.npm" + "js.org",
    "registry.yarn" + "pkg.com",
    "conda." + "anaconda.org",
]


def test_no_tracked_file_names_a_package_registry():
    found = [f"{path.relative_to(ROOT)}: {host}" for path in tracked() for host in HOSTS if host.encode() in path.read_bytes()]
    assert found == []


@pytest.mark.parametrize("name", ["uv.lock", ".python-version"])
def test_files_that_are_never_committed(name):
    assert ROOT / name not in tracked()


def test_lock_has_hashes_and_no_address():
    text = (ROOT / "requirements" / "dev.txt").read_text()
    packages = re.findall(r"^[a-z0-9][a-z0-9._-]*==", text, re.M)
    assert len(packages) > 100
    assert text.count("--hash=sha256:") >= len(packages)
    assert "://" not in text


def test_npm_lock_has_no_resolved_address():
    assert '"resolved"' not in (ROOT / "widgets" / "package-lock.json").read_text()


def test_modules_stay_small():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in tracked()
        if path.suffix == ".py"
        and path.is_relative_to(ROOT / "nsi_notebook")
        and (lines := len(path.read_text().splitlines())) > 400
    }
    assert long == {}
