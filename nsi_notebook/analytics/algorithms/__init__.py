"""What is found in measures: changes of a series, its trend."""

from __future__ import annotations

__all__: list[str] = []
