"""The record of a run: what was run on what, and how it ended.

Ours, and not papermill's: after a dead kernel papermill marks every cell as completed.
"""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ..analytics.core.digest import sha256

PACKAGES = (
    "nsi-notebook",
    "numpy",
    "scipy",
    "xarray",
    "pandas",
    "numba",
    "scikit-image",
    "dask",
    "plotly",
    "papermill",
    "nbconvert",
    "ipykernel",
)


def start(template: Path, parameters: Mapping[str, Any], data: Mapping[str, Path | Sequence[Path]]) -> dict[str, Any]:
    """Begin a record."""
    return {
        "status": "running",
        "template": template.name,
        "template_sha256": sha256(template),
        "parameters": dict(parameters),
        "data": [{"name": name, "sha256": sha256(files)} for name, files in data.items()],
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "packages": _versions(),
        "git_commit": _git("rev-parse", "--verify", "--quiet", "HEAD"),
    }


def cells(notebook: Any, failing: int | None) -> list[dict[str, Any]]:
    """Duration of each code cell that began, and whether it failed."""
    return [
        {"cell": index, "duration": cell.metadata.papermill.get("duration"), "failed": index == failing}
        for index, cell in enumerate(notebook.cells)
        if began(cell)
    ]


def began(cell: Any) -> bool:
    """Whether a code cell began: papermill stamps it then."""
    stamp = cell.metadata.get("papermill", {}).get("start_time")
    return cell.cell_type == "code" and bool(cell.source.strip()) and stamp is not None


def _versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _git(*words: str) -> str | None:
    """Ask git about the folder that the run was started in; None if it is no checkout, or has no commit."""
    try:
        done = subprocess.run(["git", *words], capture_output=True, text=True, timeout=10, check=False)  # noqa: S603, S607
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None
