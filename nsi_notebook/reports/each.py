"""One report for each of many images, and a page that lists them."""

from __future__ import annotations

import glob
import os
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ..errors import FileError, NsiError, OptionError, ReportError
from ..voids.placing import replacing
from .html import page
from .parameters import check, parameters_of
from .runner import report
from .templates import find, load
from .writing import as_json, make_folder

if TYPE_CHECKING:
    import pandas as pd


def report_each(
    pattern: str,
    template: str | Path = "void-study",
    parameters: Mapping[str, Any] | None = None,
    output: str | Path | None = None,
    *,
    pdf: bool = False,
    timeout: float | None = None,
    progress: bool = True,
    force: bool = False,
) -> pd.DataFrame:
    """Run a template on every file that matches, each in a kernel of its own.

    Parameters
    ----------
    pattern : str
        For example "images/*.tif". A folder that matches is one image, a stack of frames.
    template, parameters, pdf, timeout, progress, force
        As for `report`; the parameter `image` is each file in turn.
    output : str or Path, optional
        Folder for the reports and index.html; default: "reports". Files of several folders go to folders of the same names.

    Returns
    -------
    pandas.DataFrame
        One row a file: image, status, report, message.

    Raises
    ------
    UnknownNameError, OptionError, FileError
        Before anything runs: if no file matches, the template or a parameter does not exist or does not fit, or something is
        there already.
    ReportError
        If any report failed; the others and the index are written.
    """
    import pandas as pd

    files = [Path(name) for name in sorted(glob.glob(str(Path(pattern).expanduser()), recursive=True))]  # noqa: PTH207
    if not files:
        raise FileError(f"no file matches {pattern!r}", "quote the pattern, and check the folder")
    if parameters and "image" in parameters:
        raise OptionError("the parameter 'image' is each file in turn", "leave it out")
    source = find(template)
    wanted = parameters_of(load(source), source.name)
    for file in files:
        check(wanted, {**(parameters or {}), "image": str(file)})
    folder = Path(output if output is not None else "reports").expanduser()
    if folder.suffix == ".html":
        raise OptionError(f"output {folder.name!r} must be a folder for many reports", "leave out .html")
    index = folder / "index.html"
    shared = os.path.commonpath([file.parent.absolute() for file in files])
    pages = {file: folder / f"{os.path.relpath(file.absolute(), shared)}.html" for file in files}
    if index in pages.values():
        raise OptionError("an input called 'index' would take the place of the index page", "rename it")
    there = [str(path) for path in (index, *pages.values()) if path.exists()]
    if there and not force:
        raise FileError(f"{there[0]} exists already", "choose another folder, or replace it: force=True")
    make_folder(folder)
    rows = []
    try:
        for file, target in pages.items():
            row = {"image": str(file), "status": "ok", "report": str(target.relative_to(folder)), "message": ""}
            given = {**(parameters or {}), "image": str(file)}
            try:
                report(template, given, target, pdf=pdf, timeout=timeout, progress=progress, force=force)
            except NsiError as error:
                row |= {"status": "failed", "report": "", "message": error.message}
            rows.append(row)
    finally:  # of those that were run, if it was stopped
        for path, text in ((index, _index(rows, len(files), source.stem)), (folder / "index.json", as_json(rows))):
            with replacing(path) as fresh:
                fresh.write_text(text, encoding="utf-8")
    failed = [row for row in rows if row["status"] != "ok"]
    if failed:
        said = f"{len(failed)} of {len(rows)} reports failed, first {failed[0]['image']}: {failed[0]['message']}"
        raise ReportError(said, f"see {index}")
    return pd.DataFrame(rows)


def _index(rows: list[dict[str, str]], number: int, template: str) -> str:
    lines = ""
    for row in rows:
        link = f'<a href="{quote(row["report"])}">{escape(row["report"])}</a>' if row["report"] else escape(row["message"])
        lines += f"<tr><td>{escape(row['image'])}</td><td>{escape(row['status'])}</td><td>{link}</td></tr>\n"
    good = sum(r["status"] == "ok" for r in rows)
    head = "<tr><th>image</th><th>status</th><th>report</th></tr>\n"
    return page(
        f"Reports: {template}",
        f'<h1>Reports: {escape(template)}</h1>\n<p>{good} of {number}</p>\n<table class="text">\n{head}{lines}</table>',
    )
