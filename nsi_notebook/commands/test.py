"""`test`: whether samples or groups differ."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from .annotations import Column, Duration, Output, Store, Tags, Texts, Time, Values, Zone

if TYPE_CHECKING:
    import xarray as xr

    from ..analytics.algorithms.statistics.family import Tests
    from ..analytics.algorithms.statistics.result import TestResult

Kind: TypeAlias = Literal[
    "auto", "welch", "t", "paired", "yuen", "mann-whitney", "wilcoxon", "permutation", "paired-permutation", "tost", "levene",
    "normality", "anova", "classical", "kruskal", "repeated", "friedman",
]  # fmt: skip
SUFFIXES = (".csv", ".json", ".html")
ONE = ("auto", "t", "wilcoxon", "tost", "normality")  # of one sample, where there is no other
SEVERAL = ("anova", "classical", "kruskal", "repeated", "friedman")  # of more than two groups


def test(
    data: Values,
    other: Values | None = None,
    *,
    columns: list[Column] | None = None,
    by: Texts | None = None,
    order: list[str] | None = None,
    subject: Texts | None = None,
    kind: Kind = "auto",
    popmean: float | None = None,
    margin: float | None = None,
    alternative: Literal["two-sided", "less", "greater"] = "two-sided",
    adjust: Literal["holm", "fdr", "none"] = "holm",
    conservative: bool = False,
    dim: str | None = None,
    level: float = 0.95,
    tz: Zone | None = None,
    store: Store | None = None,
    since: Time | None = None,
    until: Time | None = None,
    tags: Tags | None = None,
    every: Duration | None = None,
    output: Output | None = None,
    force: bool = False,
) -> TestResult | Tests:
    """Test whether two samples differ, or several groups, or one from a number.

    The result says how large the difference is, its interval, what speaks against the test, and how p is adjusted where there are
    several columns. Of more than two groups each pair has a row, its p adjusted for how many pairs there are. Along time values
    count as their effective number. Pixels and tiles are refused: see `compare`.

    Parameters
    ----------
    other : table, variable or series, optional
        What it is tested against; of one column in two files, samples are called as these. Without it and --by, the columns of
        a kind that takes several samples are these, row by row: --columns before after --kind paired.
    by : str, optional
        In place of that: a column of names, which parts the samples into groups, sorted by name, or as a Categorical has them.
    order : list of str, optional
        Of by: the groups that are looked at, the first against the other: --order new old.
    subject : str, optional
        A column of names: what was measured in each group; two groups are paired by it, more are tested within subjects.
    kind : str
        auto is welch of two samples, t of one, anova (Welch's) of more groups; see docs/tests.md and docs/anova.md.
    popmean : float, optional
        What the mean of one sample is compared with; 0.
    margin : float, optional
        Of tost: the difference that does not matter.
    alternative : str
        greater: of the first than the other, or popmean. The first is the data; of --by the first of --order, else of the
        categories of a Categorical, else by name.
    adjust : str
        How p is adjusted where there are several tests.
    output : path, optional
        Write it: .csv and .json its table, .html its figure.

    Returns
    -------
    TestResult or Tests
        A sentence, a table and a figure.

    Examples
    --------
    >>> import pandas as pd
    >>> rocks = pd.DataFrame({"kind": ["sand", "clay"] * 4, "porosity": [0.31, 0.24, 0.35, 0.26, 0.33, 0.22, 0.29, 0.27]})
    >>> found = test(rocks, by="kind")
    >>> found.test, round(found.estimate.value, 4)
    ("Welch's t test", -0.0725)
    """
    from .values import table_of
    from .writing import check_output, write_result

    target = check_output(output, SUFFIXES, force)
    import numpy as np

    from ..analytics import anova
    from ..analytics import test as tell
    from ..errors import OptionError

    where: dict[str, Any] = {"store": store, "since": since, "until": until, "tags": tags, "every": every, "dim": dim}
    held = table_of(data, columns, by=by, labels=[subject], **where)
    if by is not None and isinstance(other, str) and other in held.coords:
        raise OptionError(f"rows are parted by one column: {by!r} or {other!r}, which holds names", "one of them")
    told: dict[str, Any] = {"adjust": adjust, "conservative": conservative, "level": level, "tz": tz}
    given: dict[str, Any] = {"popmean": popmean, "margin": margin, "alternative": alternative}
    labels = _labels(held, by)
    groups = sorted(set(labels) - {""})
    if order is not None:
        groups = _ordered(order, groups, by)
    found: TestResult | Tests
    several = len(held.data_vars) if other is None and by is None and kind not in ONE else 1
    if kind in SEVERAL or (kind in ("auto", "levene") and max(len(groups), several) > 2):
        _refuse_of_groups({"other": other, "popmean": popmean, "margin": margin})
        if order is not None:
            held = held.isel({held[by].dims[0]: np.isin(labels, order)})
        way = {"auto": None, "anova": "welch"}.get(kind, kind)
        samples = held if several == 1 else dict(held.data_vars)
        found = anova(samples, by, dim, subject=subject, kind=way, pairs=True, **told)
    else:
        if store is None:
            _refuse_column(held, other, kind)
        against = None if other is None else table_of(other, columns, **where)
        first, second = _two(held, kind) if several > 1 else _sides(held, against)
        names = order if by is not None else _files(data, other) if _same(first, second) else None
        found = tell(first, second, dim, by=by, subject=subject, names=names, kind=kind, **given, **told)
    write_result(found, target)
    return found


def _refuse_of_groups(given: dict[str, Any]) -> None:
    """Refuse options of two samples where groups are tested."""
    from ..errors import OptionError

    for name, value in given.items():
        if value is not None:
            raise OptionError(f"{name} has no meaning where groups are tested", "leave it out, or two samples and no by=")


def _labels(held: xr.Dataset, by: str | None) -> list[str]:
    """Give the group of each row, as results name it; "" of none."""
    from ..analytics.algorithms.statistics.labels import column_of
    from ..analytics.algorithms.statistics.words import named

    if by is None or by not in held.coords:
        return []
    labels = column_of(held[by])
    kinds = list(labels.dropna().unique())
    return [str(name) for name in labels.map(dict(zip(kinds, named(kinds), strict=True))).fillna("")]


def _two(held: xr.Dataset, kind: str) -> tuple[xr.DataArray, xr.DataArray]:
    """Give two columns, each of which is a sample."""
    from ..errors import OptionError

    if len(held.data_vars) != 2:
        there = ", ".join(map(str, held.data_vars))
        raise OptionError(f"kind {kind!r} takes two samples, and each of the columns {there} is one", "columns=, two of them")
    first, second = held.data_vars.values()
    return first, second


def _sides(held: xr.Dataset, against: xr.Dataset | None) -> tuple[Any, Any]:
    """Give both samples: of one column each as these, which have names of their own."""
    if against is None or len(held.data_vars) > 1 or len(against.data_vars) > 1:
        return held, against
    return next(iter(held.data_vars.values())), next(iter(against.data_vars.values()))


def _same(first: Any, second: Any) -> bool:
    """Whether both samples are of one name, or tables, so that they are not told apart by it."""
    return second is not None and getattr(first, "name", None) == getattr(second, "name", None)


def _files(data: Any, other: Any) -> list[str] | None:
    """Name both samples as their files, if they are of two."""
    if not all(isinstance(one, str | PathLike) for one in (data, other)):
        return None
    paths = [Path(one) for one in (data, other)]
    names = [[path.stem for path in paths], [str(path) for path in paths]]
    return next((two for two in names if two[0] != two[1]), None)


def _refuse_column(held: xr.Dataset, other: Any, kind: str) -> None:
    """Say of a column in place of another table how it is tested against one beside it."""
    from ..errors import OptionError
    from .values import find_values

    if isinstance(other, str) and other in held.data_vars and isinstance(find_values(other), str):
        way = "welch" if kind in ONE else kind
        beside = next((name for name in map(str, held.data_vars) if name != other), None)
        hint = "the table that it is tested against" if beside is None else f"--columns {beside} {other} --kind {way}"
        raise OptionError(f"{other!r} is no variable or file, but a column of the data itself", hint)


def _ordered(order: list[str], groups: list[str], by: str | None) -> list[str]:
    """Check the groups that are asked for, in their order."""
    from ..errors import OptionError, UnknownNameError

    if by is None:
        raise OptionError("order has no meaning without groups", "by=, a column of names")
    for name in order:
        if name not in groups:
            raise UnknownNameError.among(f"group of {by}", name, groups)
    if len(order) < 2 or len(set(order)) < len(order):
        raise OptionError(f"order is {', '.join(order)}", "two groups or more, each once")
    return order


test.__test__ = False  # type: ignore[attr-defined]  # no test of pytest's
