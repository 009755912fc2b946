"""`array.nsi` and `dataset.nsi`: the verbs as methods. Thin: each calls the function of the same name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import xarray as xr

if TYPE_CHECKING:
    import pandas as pd
    from plotly.graph_objects import Figure


@xr.register_dataarray_accessor("nsi")  # type: ignore[no-untyped-call]
class ArrayAccessor:
    """The verbs on an image or on a mask of its empty part."""

    def __init__(self, array: xr.DataArray) -> None:
        self._array = array

    def void(self, method: str | float = "otsu", *, phase: str = "dark", **options: Any) -> xr.DataArray:
        """Mark the empty part: see `nsi_notebook.void`."""
        from .voids.segmentation import void

        return void(self._array, method, phase=phase, **options)

    def measure(self, measures: Sequence[str] | str | None = None, **options: Any) -> xr.Dataset:
        """Measure the empty part: see `nsi_notebook.measure`."""
        from .voids.measuring import measure

        return measure(self._array, measures, **options)

    def series(self, measures: Sequence[str] | str | None = None, **options: Any) -> xr.Dataset:
        """Measure a series one frame after another: see `nsi_notebook.series`."""
        from .voids.series import series

        return series(self._array, measures, **options)

    def components(self, **options: Any) -> pd.DataFrame:
        """List the connected components: see `nsi_notebook.components`."""
        from .voids.measures.components import table

        return table(self._array, **options)

    def plot(self, **options: Any) -> Figure:
        """Draw the image or the mask: see `nsi_notebook.plot`."""
        from .analytics.visualization import plot

        return plot(self._array, **options)


@xr.register_dataset_accessor("nsi")  # type: ignore[no-untyped-call]
class DatasetAccessor:
    """The verbs on a Dataset of measures."""

    def __init__(self, dataset: xr.Dataset) -> None:
        self._dataset = dataset

    def plot(self, measure: str | None = None, **options: Any) -> Figure:
        """Draw one measure, or all that are there: see `nsi_notebook.plot`."""
        from .analytics.visualization import plot

        return plot(self._dataset, measure, **options)
