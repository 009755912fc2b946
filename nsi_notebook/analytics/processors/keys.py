"""Which samples a plan takes, and what the windows of each are of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ...errors import SeriesError
from ..core.batch import Batch
from ..core.grouping import Ints
from ..core.series import Series
from .keeping import Rows
from .plans import Plan


class Keys:
    """Gives samples the numbers of their keys, in the order in which these came.

    Parameters
    ----------
    plan : Plan
        Says which series are taken, and which of their tags are kept.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.number: dict[Series, int] = {}
        self._units: dict[object, str] = {}
        self._choice: tuple[tuple[Series, ...], tuple[Series, ...], npt.NDArray[np.int32]] = (), (), np.empty(0, dtype=np.int32)
        self._known: tuple[tuple[Series, ...], Ints | None] = (), None

    def chosen(self, batch: Batch) -> Batch:
        """Leave out the samples of series that the plan does not take.

        Raises
        ------
        SeriesError
            If they are no batch.
        """
        if not isinstance(batch, Batch):
            raise SeriesError(f"{type(batch).__name__} is no batch", "Batch.of(name, values, times), or batch_of(name, table)")
        if self.plan.pattern is None:
            return batch
        if batch.series is not self._choice[0]:
            places = [i for i, series in enumerate(batch.series) if self.plan.takes(series)]
            number = np.full(len(batch.series), -1, dtype=np.int32)
            number[places] = np.arange(len(places))
            self._choice = batch.series, tuple(batch.series[i] for i in places), number
        code = self._choice[2][batch.code]
        here = code >= 0
        return Batch(self._choice[1], code[here], batch.time[here], batch.value[here])

    def rows(self, batch: Batch) -> Rows:
        """Look up the keys of samples that were chosen.

        Raises
        ------
        SeriesError
            If samples of one key differ in unit; nothing has changed then.
        """
        if batch.series is not self._known[0]:
            self._known = batch.series, self._numbers(batch.series)
        number = self._known[1]
        return Rows(batch.code if number is None else number[batch.code], batch.time, batch.value)

    def fits(self, found: Iterable[Series]) -> bool:
        """Tell whether series have the unit of their keys."""
        units = dict(self._units)
        keys = [self.plan.key(series) for series in found]
        return all(units.setdefault(key.key, key.unit) == key.unit for key in keys)

    def _numbers(self, found: tuple[Series, ...]) -> Ints | None:
        """Give the number of each series, or None if that is its place."""
        units = dict(self._units)
        made = [self.plan.key(series) for series in found]
        for key in made:
            unit = units.setdefault(key.key, key.unit)
            if unit != key.unit:
                raise SeriesError(
                    f"{replace(key, unit='1')} is in {unit!r}; these samples are in {key.unit!r}",
                    "convert them, or keep them apart with by()",
                )
        self._units = units
        number = [self.number.setdefault(each, len(self.number)) for each in made]
        return None if number == list(range(len(number))) else np.array(number, dtype=np.int32)
