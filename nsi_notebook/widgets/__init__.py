"""Widgets for the notebook; each has a browser half of the same name under widgets/src.

Nothing heavy is imported until a widget is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .threshold import ThresholdWidget

__all__ = ["ThresholdWidget"]


def __getattr__(name: str) -> object:
    if name == "ThresholdWidget":
        from .threshold import ThresholdWidget

        return ThresholdWidget
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
