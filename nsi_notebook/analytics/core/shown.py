"""How tables of samples look in a notebook."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .times import Micros

FEW = 10  # rows that are all shown; of more, half of that at each end

Column = npt.NDArray[Any] | Sequence[Any]


def ends(rows: int) -> npt.NDArray[np.intp]:
    """Give the places of the rows that are shown.

    Examples
    --------
    >>> ends(3), ends(1000)
    (array([0, 1, 2]), array([  0,   1,   2,   3,   4, 995, 996, 997, 998, 999]))
    """
    every = np.arange(rows)
    return every if rows <= FEW else np.concatenate([every[: FEW // 2], every[-(FEW // 2) :]])


def titled(name: str, unit: str) -> str:
    """Give the head of a column.

    Examples
    --------
    >>> titled("mean", "um^2"), titled("count", "1")
    ('mean (um^2)', 'count')
    """
    return name if unit in ("", "1") else f"{name} ({unit})"


def moments(time: Micros) -> list[str]:
    """Write moments without what is the same in all of them: parts of a second that are none.

    Examples
    --------
    >>> moments(np.array([0, 1_500_000])), moments(np.array([0]))
    (['1970-01-01 00:00:00.000', '1970-01-01 00:00:01.500'], ['1970-01-01 00:00:00'])
    """
    part: Literal["s", "ms", "us"] = "s" if not (time % 1_000_000).any() else "ms" if not (time % 1000).any() else "us"
    return [str(text).replace("T", " ") for text in np.datetime_as_string(time.astype("datetime64[us]"), unit=part)]


def many(number: int, what: str) -> str:
    """Count things in words.

    >>> many(0, "series"), many(1, "rule"), many(5000, "rule")
    ('no series', '1 rule', '5,000 rules')
    """
    return f"{f'{number:,}' if number else 'no'} {what}{'' if number == 1 or what.endswith('s') else 's'}"


def p_said(p: float, name: str = "p") -> str:
    """Write a p.

    >>> p_said(0.0123), p_said(0.4567), p_said(1e-9), p_said(0.0016)
    ('p = 0.012', 'p = 0.46', 'p < 0.001', 'p = 0.002')
    """
    if p != p:
        return f"{name} is NaN"
    if p > 0.99:
        return f"{name} > 0.99"
    return f"{name} < 0.001" if p < 0.001 else f"{name} = {p:.3f}" if p < 0.1 else f"{name} = {p:.2f}"


def worth_said(effective: float) -> str:
    """Write how many independent values something is worth.

    >>> worth_said(90.909), worth_said(12705.2)
    ('90.9', '12,705')
    """
    return f"{effective:.3g}" if effective < 999.5 else f"{effective:,.0f}"


def roughly(value: float) -> str:
    """Write a number with two digits, in full.

    >>> roughly(923.4), roughly(12705.2), roughly(1.53), roughly(0.0312), roughly(0.0)
    ('920', '13,000', '1.5', '0.031', '0')
    """
    return f"{float(f'{value:.2g}'):,.15g}"


def table(columns: Mapping[str, Column], rows: int | None, said: str) -> str:
    """Lay columns out as HTML.

    Parameters
    ----------
    columns : mapping of str to sequence
        By their heads; the rows of `ends(rows)` only. Numbers stand to the right.
    rows : int, optional
        How many there are; None if all are shown.
    said : str
        Under the table.
    """
    shown = [[_cell(value) for value in column] for column in columns.values()]
    sides = ["right" if _are_numbers(column) else "left" for column in columns.values()]

    def line(tag: str, cells: Sequence[str]) -> str:
        told = (
            f'<{tag} style="text-align:{side};white-space:nowrap">{html.escape(cell)}</{tag}>'
            for side, cell in zip(sides, cells, strict=True)
        )
        return f"<tr>{''.join(told)}</tr>"

    lines = [line("td", cells) for cells in zip(*shown, strict=True)]
    if rows is not None and rows > FEW:
        lines.insert(FEW // 2, line("td", ["\u2026"] * len(columns)))
    body = "".join(lines)
    return f"<table><thead>{line('th', list(columns))}</thead><tbody>{body}</tbody></table><p>{html.escape(said)}</p>"


def text(columns: Mapping[str, Column]) -> str:
    """Lay columns out as lines of text.

    Examples
    --------
    >>> print(text({"name": ["a", "bc"], "count": [1200, None]}))
    name  count
    a     1,200
    bc
    """
    told = []
    for head, column in columns.items():
        cells = [head, *map(_cell, column)]
        width = max(map(len, cells))
        told.append([cell.rjust(width) if _are_numbers(column) else cell.ljust(width) for cell in cells])
    return "\n".join("  ".join(line).rstrip() for line in zip(*told, strict=True))


def _are_numbers(column: Column) -> bool:
    there = [value for value in column if value is not None]
    return bool(there) and all(map(_is_number, there))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def _cell(value: Any) -> str:
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else f"{value:,.6g}"
    return f"{value:,}" if _is_number(value) else "" if value is None else str(value)
