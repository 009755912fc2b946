"""The engine: samples in from anywhere, windows, events and a store out, beside the cell that computes."""

from __future__ import annotations

from .engine import AnalyticsEngine
from .sources import Source
from .status import Status

__all__ = ["AnalyticsEngine", "Source", "Status"]
