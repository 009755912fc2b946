"""The store on a PostgreSQL server: a schema of a database, with a table for each day."""

from __future__ import annotations

from .store import PostgresStore

__all__ = ["PostgresStore"]
