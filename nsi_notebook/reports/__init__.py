"""Reports: a parameterised notebook, run and written as a page that needs no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .each import report_each
from .parameters import Parameter, parameters_of
from .parameters import describe as _describe
from .runner import ReportResult, report
from .templates import find, list_templates, load

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Parameter", "ReportResult", "describe", "list_templates", "report", "report_each"]


def describe(template: str = "void-study") -> pd.DataFrame:
    """Tabulate the parameters of a template: type, default, meaning.

    >>> "image" in describe("void-study").index
    True
    """
    path = find(template)
    return _describe(parameters_of(load(path), path.name))
