"""The store: samples kept by series and time, in memory or in a folder, and what can be asked of them."""

from __future__ import annotations

from .answers import Answer
from .cache import Cache, CacheStatus
from .contract import check_store
from .database import TimeSeriesDatabase
from .repository import Repository, Saved
from .store import Ack, Checkpoint, Damage, Store

__all__ = [
    "Ack",
    "Answer",
    "Cache",
    "CacheStatus",
    "Checkpoint",
    "Damage",
    "Repository",
    "Saved",
    "Store",
    "TimeSeriesDatabase",
    "check_store",
]
