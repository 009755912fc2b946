"""Watching and showing the measures: an engine for samples that arrive, windows, a store, statistics, and figures.

    from nsi_notebook.analytics import AnalyticsEngine, window
    with AnalyticsEngine("run-7", {"load": window("10s").agg("mean", "p95")}) as engine:
        engine.emit("load", 0.31)

Names are loaded when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy import lazily

if TYPE_CHECKING:
    from .algorithms.effective import effective_n
    from .algorithms.series.changepoints import changes
    from .algorithms.series.trend import trend
    from .algorithms.statistics.describe import describe
    from .algorithms.statistics.regression import regress
    from .core.events import EventSystem
    from .core.metrics import MetricsCollector
    from .core.subscriptions import Priority
    from .engine import AnalyticsEngine
    from .processors.plans import counts, sessions, window
    from .processors.streaming import StreamingProcessor
    from .storage import TimeSeriesDatabase, check_store

_HOMES = {
    "AnalyticsEngine": ".engine:AnalyticsEngine",
    "EventSystem": ".core.events:EventSystem",
    "MetricsCollector": ".core.metrics:MetricsCollector",
    "Priority": ".core.subscriptions:Priority",
    "StreamingProcessor": ".processors.streaming:StreamingProcessor",
    "TimeSeriesDatabase": ".storage:TimeSeriesDatabase",
    "changes": ".algorithms.series.changepoints:changes",
    "check_store": ".storage:check_store",
    "counts": ".processors.plans:counts",
    "describe": ".algorithms.statistics.describe:describe",
    "effective_n": ".algorithms.effective:effective_n",
    "regress": ".algorithms.statistics.regression:regress",
    "sessions": ".processors.plans:sessions",
    "trend": ".algorithms.series.trend:trend",
    "window": ".processors.plans:window",
}

__all__ = [
    "AnalyticsEngine",
    "EventSystem",
    "MetricsCollector",
    "Priority",
    "StreamingProcessor",
    "TimeSeriesDatabase",
    "changes",
    "check_store",
    "counts",
    "describe",
    "effective_n",
    "regress",
    "sessions",
    "trend",
    "window",
]


__getattr__, __dir__ = lazily(__name__, _HOMES)
