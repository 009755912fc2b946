"""When the values of series stayed away, and whether they still do: of a summary, in words and as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .tables import listed
from .words import lasting, listing, moment, number, safe

if TYPE_CHECKING:
    import pandas as pd

    from .summary import Row, Summary

TOLD, LISTED = 5, 20  # series in a sentence, gaps in their table


def silences(rows: Sequence[Row]) -> list[tuple[Row, int, int, bool]]:
    """Give the gaps of these series, from and to, and whether each still lasts: those first, then the longest."""
    gaps = [(row, begin, end, begin == row.silent) for row in rows for begin, end in row.gaps]
    return sorted(gaps, key=lambda gap: (not gap[3], gap[1] - gap[2]))


def silence(held: Sequence[Row]) -> str:
    """Say how often values stayed away, when for longest, and of which they still do."""
    gaps = silences(held)
    if not gaps:
        return "No series was silent." if all(row.limit is not None for row in held) else ""
    row, begin, end, still = max(gaps, key=lambda gap: gap[2] - gap[1])
    many = "once" if len(gaps) == 1 else f"{number(len(gaps))} times"
    longest = "" if len(gaps) == 1 else ", the longest time"
    said = (
        f"Values stayed away {many}{longest} for **{lasting(end - begin)}**, of {safe(row.series)} {lasted(begin, end, still)}."
    )
    away = [row for row, *_, still in gaps if still]
    return said + (f" **Still silent: {_first(away, TOLD)}.**" if away else "")


def lasted(begin: int, end: int, still: bool) -> str:
    """Say from when to when a gap lasted."""
    return f"since {moment(begin)}, and still" if still else f"from {moment(begin)} to {moment(end)}"


def unseen(found: Summary) -> str:
    """Say up to which sample a range without an end looks."""
    if found.asked[1]:
        return ""
    row = max(found.held, key=lambda row: (row.last, row.count > 0))
    return f"It looks up to the last sample, of {safe(row.series)} at {moment(row.last)}: silence behind it is not seen."


def between(found: Summary) -> str:
    """Say the range; of one without samples as far as it was asked for."""
    if not found.held and not all(found.asked):
        begun, ended = found.asked
        return f"since {moment(found.since)}" if begun else f"before {moment(found.until)}" if ended else "at any time"
    return f"from {moment(found.since)} to {moment(found.until)}"


def away(found: Summary) -> str:
    """Say of which series nothing came, above the table of gaps.

    Parameters
    ----------
    found : Summary
        What `summarize` gave.

    Returns
    -------
    str
        Markdown.
    """
    if not found.held:
        return f"Nothing came {between(found)}."
    return " ".join(filter(None, [nothing_of(found, LISTED), unseen(found)]))


def nothing_of(found: Summary, most: int = TOLD) -> str:
    """Say of which series there is no sample, and how many more there are than are named."""
    return f"Nothing came of {_first(found.empty, most)}." if found.empty else ""


def _first(rows: Sequence[Row], most: int) -> str:
    """Name the first series, and say how many more there are."""
    more = [f"{number(len(rows) - most)} more"] if len(rows) > most else []
    return listing([*(safe(row.series) for row in rows[:most]), *more])


def gaps_table(found: Summary) -> pd.DataFrame:
    """Tabulate the gaps of all series: those that still last, then the longest."""
    rows = [
        {
            "series": str(row.series),
            "from (UTC)": moment(a, ""),
            "to (UTC)": "" if still else moment(b, ""),
            "for": lasting(b - a) + ", and still" * still,
        }
        for row, a, b, still in silences(found.rows)
    ]
    return listed(rows, "series", LISTED)
