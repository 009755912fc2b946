"""Samples from a Redis stream, through a consumer group: acknowledged there when they are stored here."""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from ....errors import EngineError, InputError, MissingExtraError, OptionError
from .attached import Bad, Delivery
from .lines import read_lines

FIELD = "samples"
IDLE = 60_000  # milliseconds after which what another consumer took and did not acknowledge is taken over
MOST = 100  # messages that are asked for at once
WAIT = 200  # milliseconds that the server waits for one


def redis_stream(
    url: str,
    stream: str,
    *,
    group: str = "nsi",
    consumer: str = "engine",
    idle: int = IDLE,
    once: bool = False,
) -> Iterator[Delivery | Bad | None]:
    """Read a Redis stream; needs the extra redis.

    A message has a field "samples": lines of JSON as `HttpPush` takes them. It is acknowledged when it is stored, and one that
    cannot be read is counted as bad and acknowledged too. What a consumer took before it was killed is given again; its id is
    the key of the batch, so that a store has it once all the same (within seven days). Samples without a time have that of their
    message, which Redis writes into its id.

    Parameters
    ----------
    url : str
        "redis://127.0.0.1:6379/0".
    stream : str
        Its key; it may come later.
    group, consumer : str
        A message goes to one consumer of each group. Engines that run at the same time have different names.
    idle : int
        Milliseconds after which what another consumer of the group has not acknowledged is taken over.
    once : bool
        Take what is there, and end.

    Raises
    ------
    MissingExtraError
        When it begins: if the package redis is not installed.
    OptionError, EngineError
        When it begins: if the address is none, or the server cannot be reached. One that goes away later is waited for.
    """
    try:
        import redis
    except ImportError:
        raise MissingExtraError("reading Redis streams", "redis", "redis") from None
    try:
        server: Any = redis.Redis.from_url(url)
    except ValueError as error:
        raise OptionError(f"{url!r} is no address: {error}", "redis://127.0.0.1:6379/0") from None
    try:
        _join(server, stream, group)
    except redis.RedisError as error:
        raise EngineError(f"the Redis stream {stream!r} cannot be read: {error}", "is the server running?") from None

    def acknowledge(number: bytes, error: Exception | None) -> None:
        if error is None or isinstance(error, InputError):
            try:
                server.xack(stream, group, number)
            except redis.RedisError:  # it comes again, and is known by its key
                again.add(b"0")

    again: set[bytes] = {b"0"}  # where to begin with what this consumer took and did not acknowledge
    with server:
        while True:
            try:
                if again:
                    again.clear()
                    yield from _each(_own(server, stream, group, consumer), stream, acknowledge)
                _, claimed, *_ = server.xautoclaim(stream, group, consumer, idle, "0", count=MOST)
                new = server.xreadgroup(group, consumer, {stream: ">"}, count=MOST, block=None if once else WAIT)
                found = [*claimed, *(message for _, messages in new or [] for message in messages)]
                yield from _each(found, stream, acknowledge)
                if once and not found:
                    return
                yield None
            except redis.RedisError as error:
                yield Bad(f"the server of {stream}: {error}")
                again.add(b"0")
                yield from _away(server, stream, group)


def _each(messages: list[Any], stream: str, acknowledge: Callable[[bytes, Exception | None], None]) -> Iterator[Delivery | Bad]:
    for number, fields in messages:
        told = f"{stream}/{number.decode()}"
        if fields is None or FIELD.encode() not in fields:  # None: it was trimmed away before anybody took it
            acknowledge(number, None)
            yield Bad(f"message {number.decode()}: {'it is gone' if fields is None else f'there is no field {FIELD!r}'}")
            continue
        try:
            batch = read_lines(fields[FIELD.encode()], int(number.split(b"-")[0]) * 1000)
        except InputError as error:
            acknowledge(number, None)
            yield Bad(f"message {number.decode()}: {error.message}")
            continue
        yield Delivery(batch, told, partial(acknowledge, number))


def _own(server: Any, stream: str, group: str, consumer: str) -> list[Any]:
    """Give what this consumer took before and did not acknowledge."""
    found: list[Any] = []
    last = b"0"
    while True:
        (part,) = server.xreadgroup(group, consumer, {stream: last}, count=MOST) or [(stream, [])]
        if not part[1]:
            return found
        found += part[1]
        last = part[1][-1][0]


def _join(server: Any, stream: str, group: str) -> None:
    import redis

    try:
        server.xgroup_create(stream, group, "0", mkstream=True)
    except redis.ResponseError as error:
        if "BUSYGROUP" not in str(error):
            raise


def _away(server: Any, stream: str, group: str) -> Iterator[None]:
    """Wait until the server answers again; one that forgot everything has the group made again."""
    import redis

    while True:
        for _ in range(5):
            clock.sleep(0.1)
            yield None
        try:
            _join(server, stream, group)
        except redis.RedisError:
            continue
        return
