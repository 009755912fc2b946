"""Which measures differ between two groups of images."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import OptionError
from .words import TIMES, alike, number, percent, quantity, safe, unit

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

PERMUTATIONS = 9999
SHOWN = 10  # measures that the finding names


def differences(
    first: Sequence[xr.DataArray],
    other: Sequence[xr.DataArray],
    measures: Sequence[str],
    *,
    level: float = 0.95,
    seed: int = 0,
    connectivity: int | None = None,
) -> pd.DataFrame:
    """Compare two groups of masks by several measures.

    Parameters
    ----------
    first, other : sequence of DataArray of bool
        The masks of each group, of one shape.
    measures : sequence of str
        Names. Of each the variables that are one number, or one for each axis; curves are left out, and so is what follows from
        a density, as all windows are of one size.
    level : float
        Coverage of the intervals.
    seed : int
        Of the permutations.
    connectivity : int, optional
        Of the void.

    Returns
    -------
    pandas.DataFrame
        One row a measure: measure, unit, first, first_std, other, other_std, difference (other minus first), lower, upper, p,
        standardised (the difference over the pooled standard deviation between the images of a group: Cohen 1988),
        standardised_lower, standardised_upper (the interval over the same), holm (p corrected for the number of rows). Its
        attrs hold `images` of either group and `level`.

    Examples
    --------
    >>> from nsi_notebook.voids.synthetic import boolean_model
    >>> one, two = ([boolean_model((64, 64), radius=3, fraction=f, seed=s) for s in range(4)] for f in (0.4, 0.7))
    >>> differences(one, two, ["void_fraction"])[["measure", "difference"]].round(1).values.tolist()
    [['void fraction', 0.3]]
    """
    import pandas as pd

    from ..voids.comparing import compare

    rows: dict[str, dict[str, Any]] = {}
    images = [0, 0]
    for name in dict.fromkeys(measures):
        found = compare(first, other, name, connectivity=connectivity, level=level, seed=seed, replicates=PERMUTATIONS)
        images = [int(found.attrs[f"nsi_units_{side}"]) for side in ("first", "other")]
        rows |= {row["measure"]: row for row in _rows(found, images)}
    if not rows:
        raise OptionError(f"{', '.join(measures) or 'no measure'}: no number to compare", "add one that has: void_fraction")
    table = pd.DataFrame(list(rows.values()))
    table["holm"] = holm(table["p"].to_numpy())
    table.attrs = {"images": images, "level": level}
    return table


def _rows(found: xr.Dataset, images: Sequence[int]) -> Iterator[dict[str, Any]]:
    names = [str(n).removesuffix("_difference") for n in found.data_vars if str(n).endswith("_difference")]
    stems = [n.removesuffix("_density") for n in names if n.endswith("_density")]
    derived = {stem + end for stem in stems for end in ("", "_number", "_area", "_integral")}
    for name in names:
        variable = found[f"{name}_difference"]
        if name in derived or not set(variable.dims) <= {"axis"}:
            continue
        for at in [{"axis": i} for i in range(variable.sizes["axis"])] if variable.dims else [{}]:
            one = found.isel(at)
            said = variable.attrs["long_name"].removesuffix(", other minus first")
            low, high = one[f"{name}_difference_ci"].values.tolist()
            values = {part: float(one[f"{name}_{part}"]) for part in ("first", "first_std", "other", "other_std", "difference")}
            spread = pooled(values["first_std"], values["other_std"], images)
            scaled = [v / spread if spread > 0 else math.nan for v in (values["difference"], low, high)]
            yield {
                "measure": said + (f" along {one['axis'].item()}" if at else ""),
                "unit": variable.attrs["units"],
                **values,
                "lower": low,
                "upper": high,
                "p": float(one[f"{name}_p"]),
                "standardised": scaled[0],
                "standardised_lower": scaled[1],
                "standardised_upper": scaled[2],
            }


def pooled(first: float, other: float, images: Sequence[int]) -> float:
    """Standard deviation within the groups, from that of either.

    >>> pooled(1.0, 1.0, [3, 5])
    1.0
    """
    one, two = (n - 1 for n in images)
    return math.sqrt((one * first**2 + two * other**2) / (one + two))


def holm(p: NDArray[Any]) -> NDArray[Any]:
    """Correct p-values for their number (Holm 1979, Scand J Stat 6:65); NaN stays, and does not count.

    >>> holm(np.array([0.04, 0.01, np.nan, 0.03])).tolist()
    [0.06, 0.03, nan, 0.06]
    """
    result = np.full(len(p), np.nan)
    order = np.argsort(p, kind="stable")[: np.isfinite(p).sum()]
    steps = p[order] * np.arange(len(order), 0, -1)
    result[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return result


def least_p(images: Sequence[int]) -> float:
    """Smallest p-value that so many images can give.

    >>> least_p([3, 3]), least_p([3, 4])
    (0.1, 0.02857142857142857)
    """
    ways = math.comb(sum(images), images[0]) / (2 if images[0] == images[1] else 1)
    return max(1 / ways, 1 / (PERMUTATIONS + 1))


def differences_table(found: pd.DataFrame, names: Sequence[str] = ("first", "other")) -> pd.DataFrame:
    """Write what `differences` gave as text, in the order of the corrected p-values."""
    import pandas as pd

    rows = []
    for _, row in found.sort_values("holm", kind="stable").iterrows():
        difference, low, high = _with_bounds(row)
        rows.append(
            {
                "measure": row["measure"],
                f"{names[0]} (mean ± SD)": _spread(row["first"], row["first_std"]),
                f"{names[1]} (mean ± SD)": _spread(row["other"], row["other_std"]),
                "difference": difference,
                f"{percent(found.attrs['level'])} interval": f"{low} to {high}",
                "unit": unit(row["unit"]),
                "p": number(row["p"]),
                "p corrected": number(row["holm"]),
            }
        )
    return pd.DataFrame(rows)


def _with_bounds(row: Any, sign: float = 1) -> list[str]:
    """Write a difference and the ends of its interval, the lower first."""
    ends = sorted([sign * row["lower"], sign * row["upper"]])
    return alike([sign * row["difference"], *ends], ends[1] - ends[0])


def _spread(mean: float, std: float) -> str:
    return " ± ".join(alike([mean, std], std))


def differences_finding(found: pd.DataFrame, names: Sequence[str] = ("first", "other")) -> str:
    """Say which measures differ, and if none could have been found to.

    Returns
    -------
    str
        Markdown.
    """
    images, alpha = found.attrs["images"], 1 - found.attrs["level"]
    one, two = map(safe, names)
    told = found[found["holm"].notna()]
    sure = told[told["holm"] <= alpha].sort_values("holm", kind="stable")
    between = f"between {number(images[0])} images of {one} and {number(images[1])} of {two}"
    many = f"{number(len(told))} measure{'s' * (len(told) != 1)}"
    if len(sure):
        head = f"**{number(len(sure))} of {many} differ{'s' * (len(sure) == 1)}** {between}"
        head += f" (p corrected for {many} by Holm's method, at most {number(round(alpha, 10))}):"
        lines = [_line(row, (one, two), found.attrs["level"]) for _, row in sure.head(SHOWN).iterrows()]
        more = len(sure) - len(lines)
        return "\n".join([head, "", *lines, *([f"- and {number(more)} more, in the table."] if more else [])])
    if not len(told):
        return f"**Nothing can be told** {between}: no measure has a value in two images of either."
    least = told.sort_values("holm", kind="stable").iloc[0]
    said = f"**No measure was found to differ** {between}, of {many}: the smallest corrected p is {number(least['holm'])}"
    said += (
        f" ({safe(least['measure'])}). That is no proof that they are the same: the intervals say how large a difference may be."
    )
    lowest = least_p(images)
    if lowest * len(told) > alpha:
        said += (
            f" **So few images could not show any difference:** no p can be below {number(lowest)}, and corrected for {many}"
            f" {number(min(1, lowest * len(told)))}. Add images, or ask for fewer measures."
        )
    return said


def _line(row: Any, names: Sequence[str], level: float) -> str:
    of = row["unit"]
    higher = "higher" if row["difference"] > 0 else "lower"
    one, two = alike([row["first"], row["other"]], row["upper"] - row["lower"])
    said = f"- {safe(row['measure'])} is **{higher}** in {names[1]}: {safe(quantity(row['other'], of, two))} against"
    said += f" {safe(quantity(row['first'], of, one))} in {names[0]}"
    difference, low, high = _with_bounds(row, np.sign(row["difference"]))
    said += f", by {difference} ({percent(level)} interval: {low} to {high})"
    return f"{said}; corrected p = {number(row['holm'])}"


def made_table(windows: Sequence[Sequence[xr.DataArray]], found: pd.DataFrame, **more: Any) -> pd.DataFrame:
    """Tabulate how the comparison was made.

    Parameters
    ----------
    windows : two sequences of DataArray of bool
        The masks that were compared, of one shape.
    found : pandas.DataFrame
        What `differences` gave.
    **more
        Rows to add; those that are None are left out.
    """
    import pandas as pd

    from ..version import __version__
    from ..voids.space import Space

    space = Space.of(windows[0][0])
    steps = [f"{number(s)} {unit(space.unit)} along {d}" for d, s in zip(space.dims, space.spacing, strict=True)]
    rows = {
        "images": " and ".join(number(n) for n in found.attrs["images"]),
        "window": f" {TIMES} ".join(f"{n:,} {d}" for d, n in zip(space.dims, space.shape, strict=True)),
        "spacing": "not known: lengths are in pixels" if space.unit == "pixel" else ", ".join(steps),
        "intervals": f"{percent(found.attrs['level'])}, Welch",
        "p": f"two-sided, {number(PERMUTATIONS)} permutations of images",
        **more,
        "nsi-notebook": __version__,
    }
    told = {key: number(v) if isinstance(v, int | float) else str(v) for key, v in rows.items() if v is not None}
    return pd.DataFrame({"what": list(told), "how": list(told.values())})
