"""The engine: samples in from anywhere, windows, events and a store out, beside the cell that computes."""

from __future__ import annotations

from .engine import AnalyticsEngine
from .jobs import Job, Part
from .sources import Bad, Delivery, HttpPush, Source, files, frames, redis_stream, tail
from .status import Status

__all__ = [
    "AnalyticsEngine",
    "Bad",
    "Delivery",
    "HttpPush",
    "Job",
    "Part",
    "Source",
    "Status",
    "files",
    "frames",
    "redis_stream",
    "tail",
]
