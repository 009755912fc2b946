"""Find report templates: those of the package, or any notebook by its path."""

from __future__ import annotations

import warnings
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import FileError, ReportError, UnknownNameError

if TYPE_CHECKING:
    import pandas as pd


def folder() -> Path:
    """Where the package's templates are: inside the installed wheel, or beside the package in a checkout."""
    inside = Path(str(files("nsi_notebook"))) / "templates"
    return inside if inside.is_dir() else Path(str(files("nsi_notebook"))).parent / "templates"


def names() -> list[str]:
    """Name the templates, without reading them.

    >>> "void-study" in names()
    True
    """
    return sorted(path.stem for path in folder().glob("*.ipynb"))


def list_templates() -> pd.DataFrame:
    """List the templates.

    Returns
    -------
    pandas.DataFrame
        Index `name`; column description: the first line under the title.
    """
    import pandas as pd

    rows = {path.stem: _description(load(path)) for path in sorted(folder().glob("*.ipynb"))}
    return pd.DataFrame.from_dict(rows, orient="index", columns=["description"]).rename_axis("name")


def find(template: str | Path) -> Path:
    """Path of a template, by name or path.

    Raises
    ------
    UnknownNameError, FileError
        If there is none.
    """
    path = Path(template).expanduser()
    if path.suffix == ".ipynb":
        if not path.is_file():
            raise FileError(f"there is no notebook {str(template)!r}", "check the path, or choose a template: nsi report --list")
        return path
    known = {p.stem: p for p in folder().glob("*.ipynb")}
    if str(template) not in known:
        raise UnknownNameError.among("template", template, known)
    return known[str(template)]


def load(path: Path) -> Any:
    """Read a notebook.

    Raises
    ------
    ReportError
        If it is no notebook.
    """
    import nbformat
    from nbformat.warnings import MissingIDFieldWarning

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MissingIDFieldWarning)  # those that are missing are made
            return nbformat.read(path, as_version=4)
    except OSError as error:
        raise FileError(f"cannot read {str(path)!r}: {error.strerror}", "check its permissions") from error
    # what nbformat raises for JSON that is no notebook depends on where it stumbles
    except (ValueError, LookupError, TypeError, AttributeError, nbformat.ValidationError) as error:
        said = (str(error).splitlines() or ["?"])[0]
        raise ReportError(f"{path.name} is no notebook: {said:.100}", "open and save it in JupyterLab") from error


def _description(notebook: Any) -> list[str]:
    text = "".join(c.source + "\n" for c in notebook.cells if c.cell_type == "markdown")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [lines[0] if lines else ""]
