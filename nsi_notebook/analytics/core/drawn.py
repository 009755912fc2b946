"""What draws itself: each result names the module of the figures that draws it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


class Drawn:
    """A result with a figure.

    Its class says in `figure` which module of `analytics.visualization` has the function `figure` that draws it; it is loaded
    when a figure is asked for, as plotly need not be there to compute.
    """

    __slots__ = ()

    figure: ClassVar[str]

    def plot(self, **options: Any) -> Figure:
        """Draw it: axes with units, intervals where there are any.

        Parameters
        ----------
        **options
            Of the figure: title=, and others that its kind has.
        """
        from ..visualization import plot

        return plot(self, **options)
