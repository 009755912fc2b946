"""`correlate`: whether columns go together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from .annotations import Column, Duration, Output, Store, Tags, Time, Values, Zone

if TYPE_CHECKING:
    import xarray as xr

    from ..analytics.algorithms.statistics.family import Tests
    from ..analytics.algorithms.statistics.result import TestResult


def correlate(
    data: Values,
    columns: list[Column] | None = None,
    *,
    given: list[Column] | None = None,
    method: Literal["pearson", "spearman", "kendall", "distance"] = "pearson",
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
    """Tell which columns go together, each pair with its interval, and p adjusted for all pairs.

    Parameters
    ----------
    given : list of str, optional
        Columns that are held fixed: partial correlation.
    method : str
        A line (pearson), ranks (spearman, kendall), or any relation at all (distance).
    alternative : str
        Than none.
    adjust : str
        How p is adjusted where there are several pairs.
    output : path, optional
        Write it: .csv and .json its table, .html its figure, .nc the matrix, where there is one.

    Returns
    -------
    TestResult or Tests
        A table and a figure.

    Examples
    --------
    >>> import pandas as pd
    >>> rocks = pd.DataFrame({"depth": [1.0, 2.0, 3.0, 4.0, 5.0], "porosity": [0.41, 0.38, 0.35, 0.36, 0.30]})
    >>> found = correlate(rocks)
    >>> round(found.estimate.value, 2), found.p < 0.05
    (-0.93, True)
    """
    from .values import table_of
    from .writing import RESULTS, check_output, write_result

    target = check_output(output, RESULTS, force)
    from ..analytics import correlate as tell
    from ..errors import SeriesError

    shown = None if columns is None else [*columns, *(given or [])]
    held = table_of(data, shown, store=store, since=since, until=until, tags=tags, every=every, dim=dim)
    held = _apart(held)
    asked = list(map(str, held.data_vars)) if columns is None else columns
    pair = [name for name in asked if name not in (given or [])]
    told: dict[str, Any] = {"method": method, "alternative": alternative, "level": level}
    told |= {"adjust": adjust, "conservative": conservative, "tz": tz}
    fixed = None if given is None else held[given]
    held_too = [name for name in columns or () if name in (given or ())]
    if len(pair) < 2 and held_too:
        raise SeriesError(
            f"{', '.join(held_too)} is held fixed, and cannot be correlated as well", "another column beside it, or no given="
        )
    if len(pair) < 2:
        raise SeriesError(
            f"{pair[0] if pair else 'no column'}, and nothing beside it", "two columns or more, or none named: all pairs"
        )
    two = len(pair) == 2
    found = tell(held[pair[0]] if two else held[pair], held[pair[1]] if two else None, dim, given=fixed, **told)
    write_result(found, target)
    return found


def _apart(held: xr.Dataset) -> xr.Dataset:
    """Make a variable of each of several series that stand side by side."""
    names = list(map(str, held.data_vars))
    if len(names) != 1 or "series" not in held.dims:
        return held
    values = held[names[0]]
    return values.to_dataset("series").map(lambda one: one.assign_attrs(values.attrs))
