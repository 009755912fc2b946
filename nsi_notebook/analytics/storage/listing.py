"""What a notebook shows of a store."""

from __future__ import annotations

import numpy as np

from ..core import shown
from .store import Ask, Store


def listing(store: Store, told: str) -> str:
    """Give the table of the series of a store, with how many samples each has, and from when to when."""
    known = store.known()
    ids = sorted(known, key=lambda n: known[n])
    few = [ids[i] for i in shown.ends(len(ids))]
    ends = [store.extent(Ask((n,))) for n in few]
    columns: dict[str, shown.Column] = {
        "series": [str(known[n]) for n in few],
        "unit": [known[n].unit for n in few],
        "samples": [store.count(Ask((n,))) for n in few],
    }
    for place, name in enumerate(("first (UTC)", "last (UTC)")):
        there = iter(shown.moments(np.array([pair[place] for pair in ends if pair is not None], dtype=np.int64)))
        columns[name] = ["" if pair is None else next(there) for pair in ends]
    return shown.table(columns, len(ids), told)
