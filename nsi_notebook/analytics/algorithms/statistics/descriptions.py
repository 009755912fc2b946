"""Several measures described side by side, by themselves or by groups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ....errors import DimsError, NsiError, NsiWarning, SeriesError, TimeError
from ...core.drawn import Drawn
from ...core.shown import many
from ...core.tables import dataset_of
from ...core.times import zone_named
from ..clocks import in_time
from ..effective import DOUBT
from ..series_warnings import left_out, named_warnings, warn_named
from .describe import describe
from .labels import beside_rows, kinds_of, labels_of, unlabelled
from .result import Check, Estimate
from .words import at_first, digits, interval, named, number, several, with_unit

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

QUARTILES = (0.25, 0.5, 0.75)
NAMED, LISTED = 3, 5  # measures and groups of which the sentence tells the mean


@dataclass(frozen=True, slots=True, eq=False)
class Descriptions(Drawn):
    """What several measures are like.

    Parameters
    ----------
    parts : tuple of (str, str, Dataset)
        The measure, the group, "" where there is none, and what `describe` gave.
    by : str
        What the groups are; "" without.
    checks : tuple of Check
        Whether every value has a label.
    refused : tuple of (str, str, NsiError)
        The measure, the group, and why it cannot be described; in `table` it has a row that says it.
    """

    figure: ClassVar[str] = "descriptions"

    parts: tuple[tuple[str, str, xr.Dataset], ...]
    by: str
    checks: tuple[Check, ...] = ()
    refused: tuple[tuple[str, str, NsiError], ...] = ()

    def __len__(self) -> int:
        return len(self.parts)

    def __repr__(self) -> str:
        return f"Descriptions({self.sentence})"

    @property
    def sentence(self) -> str:
        """What the means are, in plain words: those of up to three measures, of up to five groups each."""
        measures = list(dict.fromkeys(name for name, _, _ in self.parts))
        said = [f"{'that' if at else 'the mean'} of {self._told(name)}" for at, name in enumerate(measures[:NAMED])]
        more = len(measures) - len(said)
        said += [f"{many(more, 'measure')} more"] * bool(more) + [f"{len(self.refused)} refused"] * bool(self.refused)
        return at_first("; ".join(said)) + "."

    def _told(self, measure: str) -> str:
        parts = [(group, told(found)) for name, group, found in self.parts if name == measure]
        said = [f"{text} for {group}" if group else text for group, text in parts[:LISTED]]
        said += [f"{len(parts) - LISTED} more"] * (len(parts) > LISTED)
        by = f" by {self.by.replace('_', ' ')}" * bool(self.by)
        return f"{measure.replace('_', ' ')}{by} is {several(said)}"

    def table(self) -> pd.DataFrame:
        """Give one row for each measure, group and place along the dims that stay; the unit stands in a column of its own."""
        import pandas as pd

        found = pd.DataFrame([row for part in self.parts for row in self._rows(*part)])
        dims = dict.fromkeys(str(d) for *_, one in self.parts for d in one["mean"].dims)  # some have others than the first
        found = found[[*self._name("", ""), *dims, *found.columns.difference([*self._name("", ""), *dims], sort=False)]]
        if not self.refused:
            return found
        said = [self._name(name, group) | {"refused": error.message} for name, group, error in self.refused]
        whole = pd.concat([found, pd.DataFrame(said)], ignore_index=True)
        return whole.fillna({"unit": "", "refused": ""})

    def _name(self, measure: str, group: str) -> dict[str, Any]:
        return {"measure": measure} | ({self.by: group} if self.by else {})

    def _rows(self, measure: str, group: str, found: xr.Dataset) -> list[dict[str, Any]]:
        rows = []
        for place in np.ndindex(*found["mean"].shape):
            at = dict(zip(found["mean"].dims, place, strict=True))
            row = self._name(measure, group)
            row |= {str(d): found[d].values[i] if d in found.coords else i for d, i in at.items()}
            one = found.isel(at)
            row |= {name: int(one[name]) for name in ("count", "missing")} | {"mean": float(one["mean"])}
            if "mean_ci" in one:
                row |= {bound: float(one["mean_ci"].sel(bound=bound)) for bound in ("lower", "upper")}
            row |= {"std": float(one["std"]), "min": float(one["min"])}
            row |= {name: float(one["quantile"].sel(q=q)) for name, q in zip(("q25", "median", "q75"), QUARTILES, strict=True)}
            row |= {name: float(one[name]) for name in ("max", "mad", "skew", "kurtosis", "effective_n") if name in one}
            rows.append(row | {"unit": str(found["mean"].attrs.get("units", "1"))})
        return rows


def told(found: xr.Dataset) -> str:
    """Write the mean of one description with its interval, or of several places the least and the largest.

    Examples
    --------
    >>> import xarray as xr
    >>> area = xr.DataArray([[3.0, 5.0], [4.0, np.nan], [8.0, 6.0]], dims=("sample", "camera"), attrs={"units": "um^2"})
    >>> told(describe(area[:, 0], "sample", ci=0.95)), told(describe(area[:, 1], "sample"))
    ('5 um^2 (95 % CI -2 to 12; n = 3)', '5.5 um^2 (sd 0.71; n = 2, 1 missing)')
    >>> told(describe(area, "sample"))
    'from 5.00 to 5.50 um^2 at 2 places along camera (n = 5, 1 missing)'
    """
    mean, unit = found["mean"], str(found["mean"].attrs.get("units", "1"))
    missing = int(found["missing"].sum())
    n = f"n = {int(found['count'].sum()):,}" + f", {missing:,} missing" * bool(missing)
    if mean.ndim and bool(mean.notnull().any()):
        low, high = float(mean.min()), float(mean.max())
        decimals = digits(low, high, low)
        span = with_unit(f"from {number(low, decimals)} to {number(high, decimals)}", unit)
        return f"{span} at {int(mean.notnull().sum()):,} places along {', '.join(map(str, mean.dims))} ({n})"
    if mean.ndim:
        return f"NaN at {mean.size:,} places along {', '.join(map(str, mean.dims))} ({n})"
    value, std = float(mean), float(found["std"])
    if "mean_ci" in found and not found["mean_ci"].isnull().any():
        lower, upper = (float(found["mean_ci"].sel(bound=bound)) for bound in ("lower", "upper"))
        level = float(str(found["mean_ci"].attrs["long_name"]).partition(" ")[0]) / 100
        return f"{interval(Estimate('mean', value, lower, upper, unit, level))[:-1]}; {n})"
    if value != value:
        return f"NaN ({n})"
    if not np.isfinite(std):
        return f"{with_unit(f'{value:.6g}', unit)} ({n})"
    spread = f"sd {number(std, digits(0.0, std, std))}; "
    sure = std / np.sqrt(int(found["count"]))
    return f"{with_unit(number(value, digits(value - sure, value + sure, value)), unit)} ({spread}{n})"


def descriptions(
    data: xr.Dataset | xr.DataArray | pd.DataFrame,
    dim: str | None = None,
    *,
    by: str | None = None,
    ci: float | None = None,
    conservative: bool = False,
    tz: str | tzinfo | None = None,
) -> Descriptions:
    """Describe each variable of a Dataset, or each group of its samples.

    Parameters
    ----------
    data : Dataset, DataArray or DataFrame
        Measures of which numbers are described.
    dim : str, optional
        Along which the samples lie; default: time, or the only one.
    by : str, optional
        A coordinate along `dim` with the group of each sample; where that is empty or NaN, it is left out, as `checks` say.
    ci, conservative, tz
        See `describe`.

    Raises
    ------
    DimsError, SeriesError, UnknownNameError
        If it is not clear along which dim, there is nothing to describe, or no such coordinate.
    TimeError
        If there is no zone `tz`.

    Warns
    -----
    NsiWarning
        If a measure or group has infinite values: it is left out.

    Examples
    --------
    >>> import xarray as xr
    >>> kind = ("sample", ["sand", "sand", "chalk", "chalk"])
    >>> rocks = xr.Dataset({"porosity": ("sample", [0.25, 0.75, 0.5, 1.0])}, {"kind": kind})
    >>> descriptions(rocks, by="kind").table()[["kind", "count", "mean"]].values.tolist()
    [['chalk', 2, 0.75], ['sand', 2, 0.5]]
    """
    import xarray as xr

    if isinstance(data, xr.DataArray):
        held = data.to_dataset(name=data.name or "value")
    else:
        held = data if isinstance(data, xr.Dataset) else dataset_of(data, dim)
    if tz is not None:
        zone_named(tz)
    held = in_time(held, dim)
    held = held if by is None or dim is not None else beside_rows(held, by)
    if not held.data_vars:
        raise SeriesError("there are no measures to describe", "a Dataset with variables of numbers")
    parts, alone, refused = [], dict[str, None](), []
    warned: dict[NsiWarning, list[str]] = {}
    many_columns = len(held.data_vars) > 1
    for name, values in held.data_vars.items():
        along = _along(values, dim)
        with named_warnings(warned, ""):
            groups, gone = _groups(values, along, by)
        if gone:
            alone[unlabelled(gone, by)] = None
        for group, samples in groups:
            try:
                with named_warnings(warned, " of ".join(filter(None, (str(name) * many_columns, group)))):
                    told = describe(samples, along, quantiles=QUARTILES, ci=ci, conservative=conservative, tz=tz)
            except (SeriesError, TimeError) as error:  # as `answers.asked` does
                refused.append((str(name), group, error))
            else:
                parts.append((str(name), group, told))
    warn_named(warned)
    left_out([(", ".join(filter(None, one[:2])), one[2]) for one in refused], len(parts), "descriptions")
    checks = [Check("every value has a label", said, False) for said in alone]
    doubts = [
        (name, group, told["mean_ci"].attrs[DOUBT])
        for name, group, told in parts
        if "mean_ci" in told and DOUBT in told["mean_ci"].attrs
    ]
    return Descriptions(tuple(parts), by or "", (*checks, *_doubted(doubts)), tuple(refused))


def _doubted(doubts: list[tuple[str, str, str]]) -> list[Check]:
    """Say whose interval of the mean is in doubt: of the first three, why."""
    if not doubts:
        return []
    told = [f"the interval of {' of '.join(filter(None, one[:2]))}: {one[2]}" for one in doubts[:3]]
    return [Check("intervals that are sure", "; ".join([*told, *([f"and {len(doubts) - 3} more"] if doubts[3:] else [])]), False)]


def _along(values: xr.DataArray, dim: str | None) -> str:
    if dim is not None:
        return dim
    dims = values.dims
    if "time" in dims or len(dims) == 1:
        return "time" if "time" in dims else str(dims[0])
    raise DimsError(
        f"no dim is said; there are {', '.join(map(str, dims)) or 'none'}", "dim=, the one along which the samples lie"
    )


def _groups(values: xr.DataArray, along: str, by: str | None) -> tuple[list[tuple[str, xr.DataArray]], int]:
    """Give each group by its name, and how many values belong to none."""
    if by is None:
        return [("", values)], 0
    _, labels, _ = labels_of(values, by, along)
    there = ~labels.isna().to_numpy()
    codes = labels.to_numpy()
    kinds = kinds_of(labels)
    masks = [(name, there & np.asarray(codes == kind, dtype=bool)) for name, kind in zip(named(kinds), kinds, strict=True)]
    return [(name, values.isel({along: mask})) for name, mask in masks], int((~there).sum())
