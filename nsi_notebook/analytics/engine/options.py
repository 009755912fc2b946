"""What an engine is given, refused in one line where it is none of that."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ...errors import OptionError
from ..processors.plans import Plan
from ..storage import TimeSeriesDatabase


def fitting(store: object, plans: object, keep: object, count: object, capacity: int) -> None:
    """Refuse what an engine cannot be made of.

    Raises
    ------
    OptionError
        Says which, and what it is.
    """
    if not isinstance(store, TimeSeriesDatabase | str | Path | None):
        raise OptionError(f"the store is {store!r:.80}", "'memory:', a folder, an open TimeSeriesDatabase, or None")
    if not isinstance(plans, Mapping | None):
        raise OptionError(f"the plans are {plans!r:.80}", "plans by name: {'load': window('10s').agg('mean')}")
    if not isinstance(keep, int) or keep < 0:
        raise OptionError(f"keep_windows is {keep!r:.80}", "a whole number, 0 or more")
    if not isinstance(count, int) or not 1 <= count <= capacity:
        raise OptionError(f"flush_count is {count!r:.80}", f"a whole number from 1 to the capacity, {capacity}")


def planned(name: str, plan: object) -> None:
    """Refuse what is no plan of samples.

    Raises
    ------
    OptionError
        Says what it is.
    """
    if not isinstance(plan, Plan):
        from ..processors.frames import FramePlan

        frames = "plan.run and plan.stream window frames themselves; engine.attach(frames(stream, frames)) takes their numbers"
        hint = frames if isinstance(plan, FramePlan) else "for example window('10s').agg('mean')"
        raise OptionError(f"the plan {name!r} is of type {type(plan).__name__}", hint)


def seconds(name: str, given: object) -> None:
    """Refuse what is no number of seconds, nor None.

    Raises
    ------
    OptionError
        Says what it is.
    """
    if given is not None and (not isinstance(given, int | float) or given != given):
        raise OptionError(f"{name} is {given!r:.80}", "seconds, or None")
