"""Where samples come from by themselves: what can be attached to an engine."""

from __future__ import annotations

from .attached import Bad, Delivery, Source, arguments
from .files import files, frames
from .push import HttpPush
from .redis import redis_stream
from .tail import tail

__all__ = ["Bad", "Delivery", "HttpPush", "Source", "arguments", "files", "frames", "redis_stream", "tail"]
