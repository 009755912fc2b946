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
    from .algorithms.analyzer import StatisticalAnalyzer
    from .algorithms.anomalies.contract import check_detector
    from .algorithms.anomalies.detector import AnomalyDetector, detect
    from .algorithms.anomalies.watched import detect_series
    from .algorithms.correlation.correlate import correlate
    from .algorithms.effective import effective_n
    from .algorithms.regression.regress import regress
    from .algorithms.series.changepoints import changes
    from .algorithms.series.crosscorrelation import cross_correlation
    from .algorithms.series.forecasts import forecast
    from .algorithms.series.gaps import gaps
    from .algorithms.series.rates import rates
    from .algorithms.series.seasons import seasonal
    from .algorithms.series.spectrum import spectrum
    from .algorithms.series.trend import trend
    from .algorithms.statistics.anova import anova
    from .algorithms.statistics.describe import describe
    from .algorithms.statistics.hypothesis_tests import test
    from .core.events import EventSystem
    from .core.metrics import MetricsCollector
    from .core.subscriptions import Priority
    from .engine import AnalyticsEngine
    from .processors.alarms import Alarms
    from .processors.alarms.backtest import backtest
    from .processors.plans import counts, sessions, window
    from .processors.streaming import StreamingProcessor
    from .storage import TimeSeriesDatabase, check_store

_HOMES = {
    "Alarms": ".processors.alarms:Alarms",
    "AnalyticsEngine": ".engine:AnalyticsEngine",
    "AnomalyDetector": ".algorithms.anomalies.detector:AnomalyDetector",
    "EventSystem": ".core.events:EventSystem",
    "MetricsCollector": ".core.metrics:MetricsCollector",
    "Priority": ".core.subscriptions:Priority",
    "StatisticalAnalyzer": ".algorithms.analyzer:StatisticalAnalyzer",
    "StreamingProcessor": ".processors.streaming:StreamingProcessor",
    "TimeSeriesDatabase": ".storage:TimeSeriesDatabase",
    "anova": ".algorithms.statistics.anova:anova",
    "backtest": ".processors.alarms.backtest:backtest",
    "changes": ".algorithms.series.changepoints:changes",
    "check_detector": ".algorithms.anomalies.contract:check_detector",
    "check_store": ".storage:check_store",
    "correlate": ".algorithms.correlation.correlate:correlate",
    "counts": ".processors.plans:counts",
    "cross_correlation": ".algorithms.series.crosscorrelation:cross_correlation",
    "describe": ".algorithms.statistics.describe:describe",
    "detect": ".algorithms.anomalies.detector:detect",
    "detect_series": ".algorithms.anomalies.watched:detect_series",
    "effective_n": ".algorithms.effective:effective_n",
    "forecast": ".algorithms.series.forecasts:forecast",
    "gaps": ".algorithms.series.gaps:gaps",
    "rates": ".algorithms.series.rates:rates",
    "regress": ".algorithms.regression.regress:regress",
    "seasonal": ".algorithms.series.seasons:seasonal",
    "sessions": ".processors.plans:sessions",
    "spectrum": ".algorithms.series.spectrum:spectrum",
    "test": ".algorithms.statistics.hypothesis_tests:test",
    "trend": ".algorithms.series.trend:trend",
    "window": ".processors.plans:window",
}

__all__ = [
    "Alarms",
    "AnalyticsEngine",
    "AnomalyDetector",
    "EventSystem",
    "MetricsCollector",
    "Priority",
    "StatisticalAnalyzer",
    "StreamingProcessor",
    "TimeSeriesDatabase",
    "anova",
    "backtest",
    "changes",
    "check_detector",
    "check_store",
    "correlate",
    "counts",
    "cross_correlation",
    "describe",
    "detect",
    "detect_series",
    "effective_n",
    "forecast",
    "gaps",
    "rates",
    "regress",
    "seasonal",
    "sessions",
    "spectrum",
    "test",
    "trend",
    "window",
]


__getattr__, __dir__ = lazily(__name__, _HOMES)
