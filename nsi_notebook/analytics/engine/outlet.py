"""What comes out of an engine: windows, answers over history, metrics, and how it is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from ...errors import EngineError, OptionError
from ..core.metrics import MetricsCollector
from ..processors.alarms import Alarms, Alert, Silence
from ..processors.alarms.delivery import Outbox
from ..processors.alarms.reading import moment
from ..processors.plans import Plan
from ..processors.windows import Windows
from ..storage import TimeSeriesDatabase
from ..storage.postgres.address import masked
from .alarms import Watching
from .jobs import Job, run
from .pipeline import Pipeline
from .sources.register import Register
from .status import Status

if TYPE_CHECKING:
    from ..core.exposition import Served


class Outlet:
    """The half of an engine that gives; see `AnalyticsEngine`.

    Attributes
    ----------
    metrics : MetricsCollector
        What is counted and timed.
    """

    metrics: MetricsCollector
    _line: Pipeline
    _sources: Register
    _served: list[Served]
    _state: str

    def flush(self, *, handled: bool = True, timeout: float | None = 30.0) -> None:
        """Wait until all samples emitted before are stored."""
        raise NotImplementedError

    def add(self, name: str, plan: Plan) -> None:
        """Compute windows from now on; their events have the topic "windows.<name>"."""
        self._line.add(name, plan)

    @property
    def alarms(self) -> Alarms:
        """The rules at work.

        Raises
        ------
        EngineError
            If the engine has none.
        """
        return self._watch.alarms

    @property
    def outbox(self) -> Outbox:
        """Who is told of alarms: `failures` has what could not be delivered, `retry()` sends it again.

        Raises
        ------
        EngineError
            If the engine has no rules.
        """
        return self._watch.outbox

    def silence(self, end: Any, **matchers: str) -> None:
        """Have nobody told, until a time, of alerts with these labels; * stands for any letters.

        Raises
        ------
        EngineError, OptionError, TimeError
            If the engine has no rules, no label is said or none that an alert can have, or the end is no time, or past.
        """
        if not matchers:
            raise OptionError("nothing says what is silenced", "labels: engine.silence(end, alarm='hot', line='3')")
        self._watch.silence(Silence(matchers, moment(end)))

    def muted(self, alert: Alert) -> bool:
        """Tell whether nobody is told of an alert now, as a silence or another alert mutes it.

        Raises
        ------
        EngineError
            If the engine has no rules.
        """
        watch = self._watch
        return watch.router.muted(alert, watch.alarms.watermark or 0)

    @property
    def _watch(self) -> Watching:
        if not isinstance(self._line.watch, Watching):
            raise EngineError("this engine has no alarms", "AnalyticsEngine(..., alarms='rules.toml')")
        return self._line.watch

    def windows(self, name: str) -> Windows:
        """Give the last windows of a plan that are over, in the order in which they ended.

        Raises
        ------
        UnknownNameError
            If there is no such plan.
        """
        return self._line.windows(name)

    @property
    def store(self) -> TimeSeriesDatabase | None:
        """Where samples are kept."""
        return self._line.store

    def status(self) -> Status:
        """Tell what the engine did and holds. Shown in a notebook, it is a table."""
        line, counts = self._line, self._line.counts()
        return Status(
            self._state,
            *counts,
            {name: course.live.late for name, course in dict(line.plans).items()},
            {name: course.rows for name, course in dict(line.plans).items()},
            self._sources.states(),
            line.failures.last(),
            "" if line.store is None else masked(line.store.address),
            line.watch.delivery(),
            line.watch.idle(),
        )

    def run(self, job: Job, **how: Any) -> Any:
        """Compute a job over what the store has, everything that was emitted before included.

        Parameters
        ----------
        job : Job
            A plan or a function, and over what.
        **how
            on, state, progress; and what comes of it: see `jobs.run`.

        Raises
        ------
        EngineError, StoreError
            If there is no store, or it cannot be read.
        """
        self.flush(handled=False, timeout=None)  # a handler that does not return holds up no answer
        if self.store is None:
            raise EngineError("this engine keeps no samples", "AnalyticsEngine('folder')")
        return run(self.store, job, **how)

    async def arun(self, job: Job, **how: Any) -> Any:
        """Await `run`, which runs in a thread meanwhile."""
        return await asyncio.to_thread(lambda: self.run(job, **how))

    def serve_metrics(self, port: int = 0) -> Served:
        """Show `metrics` to Prometheus on this computer until the engine stops; see `MetricsCollector.serve`."""
        self._served.append(self.metrics.serve(port))
        return self._served[-1]

    def __repr__(self) -> str:
        told = self.status()
        return f"AnalyticsEngine, {told.state}: {told.stored:,} of {told.offered:,} samples stored in {told.store or 'no store'}"

    def _repr_html_(self) -> str:
        return self.status()._repr_html_()
