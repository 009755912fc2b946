"""`engine`: the one that runs beside the cells of a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from .annotations import Duration, Store

if TYPE_CHECKING:
    from ..analytics.engine import AnalyticsEngine, Status


def engine(
    action: Literal["start", "status", "stop"] = "status",
    *,
    store: Store | None = None,
    alarms: str | None = None,
    capacity: int | None = None,
    policy: Literal["block", "drop-oldest", "drop-newest", "error"] | None = None,
    flush_every: Duration | None = None,
    flush_count: int | None = None,
    workers: int | None = None,
    keep_windows: int | None = None,
    inline: bool = False,
    ahead: Duration | None = None,
    deadline: float | None = None,
) -> AnalyticsEngine | Status:
    """Start, look at or stop the engine that takes samples beside the cells.

    A kernel has one. `%nsi e << engine start` also gives it a name: `e.add("load", window("10s"))` computes windows as samples
    come, `e.attach(source)` takes them from a source. It lives as long as the kernel, so the `nsi` command has none.

    Parameters
    ----------
    action : {"start", "status", "stop"}
        Begin one; tell what it did; store what waits and end it.
    store : variable or path, optional
        Where samples are kept: a folder, or a variable that holds a store; in memory, if none is named.
    alarms : path, optional
        A TOML file of rules, which watch what comes.
    capacity : int, optional
        Samples that may wait to be stored: 10000.
    policy : {"block", "drop-oldest", "drop-newest", "error"}, optional
        What `emit` does when so many wait: block.
    flush_every : str, optional
        How often what waits is stored: 1s.
    flush_count : int, optional
        How many are stored at once, before that time: 5000.
    workers : int, optional
        Threads for handlers that are declared slow: 4.
    keep_windows : int, optional
        Windows of each plan that can be looked at: 10000.
    inline : bool
        Work without threads, where there are none.
    ahead : str, optional
        How far ahead of the clock the time of a sample may be: 1d; "any" for no limit.
    deadline : float, optional
        Of `stop`: seconds after which what is left is given up: 10.

    Returns
    -------
    AnalyticsEngine or Status
        The engine that was started, or what it says of itself.

    Examples
    --------
    >>> engine("start", inline=True)
    AnalyticsEngine, running: 0 of 0 samples stored in memory:
    >>> engine("stop").stored
    0
    """
    from ..errors import OptionError
    from .running import begin, current

    options: dict[str, Any] = {
        "alarms": alarms, "capacity": capacity, "policy": policy, "flush_every": flush_every, "flush_count": flush_count,
        "workers": workers, "keep_windows": keep_windows, "inline": inline or None, "ahead": ahead,
    }  # fmt: skip
    given = {name: value for name, value in options.items() if value is not None}
    idle = [] if action == "start" else [*given, *(["store"] if store is not None else [])]
    idle += ["deadline"] if deadline is not None and action != "stop" else []
    if idle:
        flag = "--" + idle[0].replace("_", "-")
        raise OptionError(f"{flag} has no meaning for engine {action}", f"leave {flag} out")
    if deadline is not None and deadline < 0:
        raise OptionError(f"the deadline is {deadline:g} s", "seconds, 0 or more")
    if action == "start":
        given |= {"ahead": None} if ahead == "any" else {}
        return begin("memory:" if store is None else store, **given)
    if action == "stop":
        return current().stop(**({} if deadline is None else {"deadline": deadline}))
    return current().status()
