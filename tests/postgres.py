"""A PostgreSQL server of our own: in a temporary folder, on a free port, with a role that is no superuser."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MISSING = "no PostgreSQL server is installed (apt-get install postgresql)"
ROLE, SECRET = "lab", "s3cret-w0rd"


def programs() -> Path | None:
    """Give the folder of initdb and postgres, the newest."""
    on_path = shutil.which("initdb")
    found = [Path(on_path).parent] if on_path else []
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name), reverse=True)
    return next((folder for folder in found if (folder / "postgres").exists()), None)


class Server:
    """A server that can be killed and started again."""

    def __init__(self, folder: Path, programs: Path, fsync: bool) -> None:
        self.folder, self._programs, self._fsync = folder, programs, "on" if fsync else "off"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        # the server refuses to run as root
        self._user: dict[str, Any] = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = iter(range(100_000))

    def make(self) -> None:
        secret = self.folder / "secret"
        secret.write_text(SECRET)
        if self._user:
            for path in (self.folder, secret):
                shutil.chown(path, self._user["user"], self._user["group"])
        said = ["--auth=scram-sha-256", f"--pwfile={secret}", "--username=admin", "--data-checksums", "--no-sync", "--no-locale"]
        command = [self._programs / "initdb", "-D", self.folder / "data", "--encoding=UTF8", *said]
        subprocess.run(command, check=True, capture_output=True, **self._user, cwd=self.folder)
        self.start()
        self.admin(f"create role {ROLE} login password '{SECRET}'")
        self.admin(f"create database {ROLE} owner {ROLE}")

    def start(self) -> None:
        options = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self.folder,
            "fsync": self._fsync,
            "full_page_writes": self._fsync,
            "max_wal_size": "4GB",
            "restart_after_crash": "on",
            "max_connections": 60,
        }
        told = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with (self.folder.parent / f"{self.folder.name}.log").open("ab") as log:
            command = [self._programs / "postgres", "-D", self.folder / "data", *told]
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, **self._user)
        self.wait()

    def wait(self) -> None:
        import psycopg

        for _ in range(600):
            try:
                psycopg.connect(self.admin_address, connect_timeout=5).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError((self.folder.parent / f"{self.folder.name}.log").read_text()[-2000:])

    def stop(self, signal: str = "fast") -> None:
        """Stop it, "immediate" without a checkpoint, so that the next start recovers from its log."""
        if self._process is not None:
            command = [self._programs / "pg_ctl", "stop", "-D", self.folder / "data", "-m", signal, "-w"]
            subprocess.run(command, check=False, capture_output=True, **self._user, cwd=self.folder)
            self._process.wait(60)
            self._process = None

    @property
    def admin_address(self) -> str:
        return f"postgresql://admin:{SECRET}@127.0.0.1:{self.port}/postgres"

    def admin(self, text: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        import psycopg

        with psycopg.connect(self.admin_address.replace("/postgres", f"/{database}"), autocommit=True) as db:
            cursor = db.execute(text.encode())
            while cursor.nextset():
                pass
            return cursor.fetchall() if cursor.description else []

    def address(self, schema: str | None = None) -> str:
        """Give the address of a new store, or of a schema."""
        name = schema or f"s{next(self._numbers)}"
        return f"postgresql://{ROLE}:{SECRET}@127.0.0.1:{self.port}/{ROLE}?schema={name}"


@contextmanager
def serving(fsync: bool = False) -> Iterator[Server]:
    """Run a server; there must be `programs`. Killing it, unlike a power cut, loses nothing without fsync."""
    found = programs()
    assert found is not None, MISSING
    folder = Path(tempfile.mkdtemp(prefix="nsi-postgres-"))
    server = Server(folder, found, fsync)
    try:
        server.make()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
        folder.with_name(f"{folder.name}.log").unlink(missing_ok=True)
