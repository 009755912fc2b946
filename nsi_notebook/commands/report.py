"""`report`: a notebook template run on your image, and a page to publish."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

from .annotations import Output, Pairs, names

if TYPE_CHECKING:
    import pandas as pd

    from ..reports import ReportResult


def report(
    template: Annotated[str, names("templates")] = "void-study",
    *,
    parameters: Pairs | None = None,
    output: Output | None = None,
    each: str | None = None,
    pdf: bool = False,
    timeout: float | None = None,
    list: bool = False,
    describe: bool = False,
    force: bool = False,
) -> ReportResult | pd.DataFrame:
    """Run a report template and write the page.

    Writes the executed notebook, a single HTML file that needs no network, and a record of the run.

    Parameters
    ----------
    template : str
        Name of a template, or the path of a notebook with a cell tagged `parameters`.
    parameters : dict, optional
        Values for the parameters of the template; checked before anything runs.
    output : path, optional
        Where the page goes, .html; the notebook and the record are put beside it. With `each`: a folder.
    each : str, optional
        A glob, quoted: one report for every image or folder of frames that matches, and an index page; without an output in
        the folder "reports".
    pdf : bool
        Print the page to PDF as well, through Chromium.
    timeout : float, optional
        Longest time for a cell, in seconds.
    list : bool
        List the templates and stop.
    describe : bool
        List the parameters of the template and stop.
    force : bool
        Replace the output if it is there, once the run has succeeded; one that fails leaves it as it was.

    Returns
    -------
    ReportResult or DataFrame
        Paths of what was written; with `each`, `list` and `describe` a table.

    Examples
    --------
    >>> "void-study" in report(list=True).index
    True
    """
    from ..reports import describe as parameters_of
    from ..reports import list_templates, report_each
    from ..reports import report as make

    if list:
        return list_templates()
    if describe:
        table: pd.DataFrame = parameters_of(template)
        return table
    how: dict[str, Any] = {"pdf": pdf, "timeout": timeout, "force": force, "progress": _is_watched()}
    if each is not None:
        return report_each(each, template, parameters, output, **how)
    return make(template, parameters, output, **how)


def _is_watched() -> bool:
    """Whether someone sees a progress bar move: on a terminal or in a notebook, and not in the log of a script."""
    return sys.stderr.isatty() or "ipykernel.zmqshell" in sys.modules
