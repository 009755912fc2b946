"""Samples that others send over HTTP on this computer: POST with lines of JSON, answered when they are stored."""

from __future__ import annotations

import json
import queue
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from ....errors import EngineError, InputError
from .attached import Delivery
from .lines import read_lines

PATH = "/samples"
KINDS = ("application/json", "application/x-ndjson", "application/jsonl")  # which no page of another site may send unasked
PATIENCE = 30.0  # seconds until a sender is told to come again
QUIET = 10.0  # seconds that a sender may say nothing
PARTING = 0.5  # seconds that `close` waits for answers that are being given, and an early answer for the rest of a request


class HttpPush:
    """Takes samples at `url` once it is attached, and until it is closed, its source cancelled, or the engine stopped.

    A request is stored whole or not at all. Answers: 200 when it is stored, 400 with the reason if it cannot be, 411 without a
    length, 413 if it is too long, 415 if it is not declared as JSON, 503 if it was not stored in time (send it again; with the
    same `Idempotency-Key` it is not stored twice; its samples have a time each, then). It is reached from this computer only.

    Parameters
    ----------
    port : int
        0 takes a free one.
    limit : int
        Most bytes of a request.
    waiting : int
        Requests that may wait to be stored.

    Raises
    ------
    EngineError
        If the port is taken.

    Examples
    --------
    >>> with HttpPush() as push:
    ...     push.url.startswith("http://127.0.0.1:")
    True
    """

    def __init__(self, port: int = 0, *, limit: int = 1 << 20, waiting: int = 64) -> None:
        self.limit = limit
        self._waiting: queue.Queue[Delivery] = queue.Queue(waiting)
        self._closed = threading.Event()
        self._door = threading.Lock()  # held to put a request behind it, and to shut it
        try:
            self._server = _Server(("127.0.0.1", port), partial(_Handler, self))
        except (OSError, OverflowError) as error:
            raise EngineError(f"samples cannot be taken on port {port}: {error}", "port 0 takes a free one") from None
        self.port: int = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}{PATH}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="nsi-push", daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[Delivery | None]:
        """Give what is sent."""
        try:
            while not self._closed.is_set():
                try:
                    yield self._waiting.get(timeout=0.1)
                except queue.Empty:
                    yield None
        finally:
            self.close()

    def deliver(self, body: bytes, key: str | None) -> tuple[HTTPStatus, dict[str, Any]]:
        """Have a request stored, and give the answer to it."""
        try:
            batch = read_lines(body, timed=key is not None)
        except InputError as error:
            return HTTPStatus.BAD_REQUEST, _said(error)
        answers: queue.Queue[Exception | None] = queue.Queue(1)
        try:
            with self._door:
                if self.closed:
                    return HTTPStatus.SERVICE_UNAVAILABLE, _said(_over())
                self._waiting.put_nowait(Delivery(batch, key, answers.put))
            failed = answers.get(timeout=PATIENCE)
        except queue.Full:
            return HTTPStatus.SERVICE_UNAVAILABLE, {"error": f"{self._waiting.maxsize} requests wait", "hint": "come again"}
        except queue.Empty:
            return HTTPStatus.SERVICE_UNAVAILABLE, {"error": f"not stored within {PATIENCE:g} s", "hint": "come again"}
        if failed is None:
            return HTTPStatus.OK, {"stored": len(batch)}
        return HTTPStatus.BAD_REQUEST if isinstance(failed, InputError) else HTTPStatus.SERVICE_UNAVAILABLE, _said(failed)

    @property
    def closed(self) -> bool:
        """Whether nothing is taken any more."""
        return self._closed.is_set()

    def close(self) -> None:
        """Take nothing more. Whoever waits is told; a request that is being stored is answered when it is, also after this."""
        with self._door:
            if self.closed:
                return
            self._closed.set()
        self._server.shutdown()
        self._server.server_close()
        with suppress(queue.Empty):
            while True:
                self._waiting.get_nowait().answer(_over())
        self._server.part()

    endless = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<samples at {self.url}{', closed' if self.closed else ''}>"


def _said(error: Exception) -> dict[str, Any]:
    message, hint = getattr(error, "message", str(error)), getattr(error, "hint", None)
    return {"error": message} if hint is None else {"error": message, "hint": hint}


def _over() -> EngineError:
    return EngineError("nothing is taken any more", "send it again later")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, *given: Any) -> None:
        self._turn = threading.Condition()
        self._works: dict[socket.socket, bool] = {}  # connections, and whether a request of each is in work
        super().__init__(*given)

    def mark(self, connection: socket.socket, works: bool | None) -> None:
        """Keep whether a request of a connection is in work; None where it has ended."""
        with self._turn:
            if works is None:
                self._works.pop(connection, None)
            else:
                self._works[connection] = works
            self._turn.notify_all()

    def part(self) -> None:
        """End the connections that only stand open, and wait a little for those that are being answered."""
        with self._turn:
            for connection, works in self._works.items():
                if not works:
                    with suppress(OSError):  # it has just been ended
                        connection.shutdown(socket.SHUT_RD)
            self._turn.wait_for(lambda: not any(self._works.values()), PARTING)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a sender that does not wait for its answer."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = QUIET
    protocol_version = "HTTP/1.1"

    def __init__(self, push: HttpPush, *given: Any) -> None:
        self._push = push
        super().__init__(*given)

    def setup(self) -> None:
        super().setup()
        self.server.mark(self.connection, False)

    def finish(self) -> None:
        self.server.mark(self.connection, None)
        super().finish()

    def parse_request(self) -> bool:
        self.server.mark(self.connection, True)  # its first line has come
        return super().parse_request()

    def handle_one_request(self) -> None:
        super().handle_one_request()
        self.server.mark(self.connection, False)
        self.close_connection = self.close_connection or self._push.closed

    def do_POST(self) -> None:
        host = (self.headers.get("Host") or "").rpartition(":")[0]
        if host not in ("127.0.0.1", "localhost"):  # a page whose name was made to lead here
            return self._answer(HTTPStatus.MISDIRECTED_REQUEST, {"error": f"the host is {host!r}", "hint": self._push.url})
        if self.path != PATH:
            return self._answer(HTTPStatus.NOT_FOUND, {"error": f"there is no {self.path[:80]}", "hint": self._push.url})
        kind = (self.headers.get("Content-Type") or "none").partition(";")[0].strip().lower()
        if kind not in KINDS:
            hint = f"Content-Type: {KINDS[1]}"
            return self._answer(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, {"error": f"the content type is {kind}", "hint": hint})
        told = self.headers.get("Content-Length", "")
        if not (told.isascii() and told.isdigit()):
            return self._answer(HTTPStatus.LENGTH_REQUIRED, {"error": "there is no Content-Length"})
        if int(told) > self._push.limit:
            hint = f"at most {self._push.limit:,}; send parts"
            return self._answer(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"error": f"the request has {int(told):,} bytes", "hint": hint}
            )
        body = self.rfile.read(int(told))
        if len(body) < int(told):
            return self._answer(HTTPStatus.BAD_REQUEST, {"error": f"only {len(body)} of {told} bytes came"})
        return self._answer(*self._push.deliver(body, self.headers.get("Idempotency-Key") or None), close=False)

    def do_GET(self) -> None:
        self._answer(
            HTTPStatus.METHOD_NOT_ALLOWED, {"error": f"{self.command} is not taken", "hint": f"POST to {self._push.url}"}
        )

    do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_HEAD = do_GET  # noqa: N815 - the names are http.server's

    def _answer(self, status: HTTPStatus, told: dict[str, Any], *, close: bool = True) -> None:
        data = json.dumps(told).encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", "POST")
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            self.send_header("Retry-After", "1")
        if close or self._push.closed:  # what was not read must not be taken for the next request
            self.close_connection = True
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)
        if close:
            self._linger()

    def _linger(self) -> None:
        """Read on for a moment what a sender sends that was refused early: to end before would cut off its answer."""
        left = self._push.limit
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(PARTING)
            while left > 0 and (more := self.connection.recv(1 << 16)):
                left -= len(more)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: answers say it."""
