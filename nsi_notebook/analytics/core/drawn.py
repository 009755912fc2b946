"""Results of analyses: a table in a notebook, and a figure, which the module draws that each of them names."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from . import shown

if TYPE_CHECKING:
    import pandas as pd
    from plotly.graph_objects import Figure


class Drawn:
    """A result with a table and a figure; its `repr` says in a line what was found.

    Its class says in `figure` which module of `analytics.visualization` has the function `figure` that draws it; it is loaded
    when a figure is asked for, as plotly need not be there to compute.
    """

    __slots__ = ()

    figure: ClassVar[str]

    def table(self) -> pd.DataFrame:
        """Give its numbers, with the units of the columns in `attrs["units"]`; without what belongs below, which `rows` has."""
        raise NotImplementedError

    @property
    def doubts(self) -> tuple[Any, ...]:
        """The checks that something speaks against, of a result that has checks."""
        return tuple(check for check in getattr(self, "checks", ()) if not check.met)

    def doubted(self) -> str:
        """Say what speaks against it; nothing if nothing does."""
        return "; ".join(check.found for check in self.doubts)

    def said(self) -> str:
        """Say what was found, as its `repr` does without the name of its class."""
        text, name = repr(self), f"{type(self).__name__}("
        return text[len(name) : -1] if text.startswith(name) and text.endswith(")") else text

    def rows(self) -> pd.DataFrame:
        """Give what a verb prints and writes: its table, and what belongs below."""
        return self.table()

    def brief(self) -> pd.DataFrame:
        """Give what of its table is shown in a notebook: all of it, if it is not too wide."""
        return self.table()

    def _repr_html_(self) -> str:
        return self.to_html()

    def to_html(self, speak: Callable[[str], str] = str) -> str:
        """Give what a notebook shows: what was found, its table, and what speaks against it.

        Parameters
        ----------
        speak : callable
            Says what there is to do, which names arguments of Python, in the words of who asked.
        """
        frame = self.brief()
        if "doubts" in frame.columns:
            frame["doubts"] = [speak(text) for text in frame["doubts"]]
        doubted = "" if "doubts" in frame.columns else speak(self.doubted())
        below = f"<p>In doubt: {html.escape(doubted)}</p>" if doubted else ""
        if frame.empty:
            return f"<p>{html.escape(self.said())}</p>{below}"
        units = frame.attrs.get("units", {})
        few = frame.iloc[shown.ends(len(frame))]
        columns = {shown.titled(str(name), units.get(name, zone(column))): column_said(column) for name, column in few.items()}
        return f"<p>{html.escape(self.said())}</p>{shown.table(columns, len(frame), '')}".removesuffix("<p></p>") + below

    def plot(self, **options: Any) -> Figure:
        """Draw it: axes with units, intervals where there are any.

        Parameters
        ----------
        **options
            Of the figure: title=, and others that its kind has.
        """
        from ..visualization import plot

        return plot(self, **options)


def zone(column: pd.Series[Any]) -> str:
    """Give the zone of times of a column, which stands for their unit; "1" of UTC, and of anything else."""
    found = str(getattr(column.dtype, "tz", None) or "UTC")
    return "1" if found == "UTC" else found


def column_said(column: pd.Series[Any]) -> shown.Column:
    """Write times of a column as moments by the clocks of their zone; anything else as it is."""
    import numpy as np
    import pandas as pd

    if not isinstance(column.dtype, pd.DatetimeTZDtype):
        return list(column)
    there = column.notna().to_numpy()
    texts = np.full(len(column), "", dtype=object)
    micros = column[there].dt.tz_localize(None).to_numpy().astype("datetime64[us]").astype(np.int64)
    texts[there] = shown.moments(micros)
    return list(texts)
