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

    def curves(self, measures: Sequence[str] | str | None = None, **options: Any) -> xr.Dataset:
        """Measure the empty part at every threshold: see `nsi_notebook.curves`."""
        from .voids.curves import curves

        return curves(self._array, measures, **options)

    def compare(self, other: xr.DataArray, measure: str, **options: Any) -> xr.Dataset:
        """Compare the empty part with that of another mask, or a group with another: see `nsi_notebook.compare`."""
        from .voids.comparing import compare

        return compare(self._array, other, measure, **options)

    def representative(self, measure: str = "void_fraction", **options: Any) -> xr.Dataset:
        """Find which windows are representative, and how many are needed: see `nsi_notebook.representative`."""
        from .voids.representative import representative

        return representative(self._array, measure, **options)

    def series(self, measures: Sequence[str] | str | None = None, **options: Any) -> xr.Dataset:
        """Measure a series one frame after another: see `nsi_notebook.series`."""
        from .voids.series import series

        return series(self._array, measures, **options)

    def components(self, **options: Any) -> pd.DataFrame:
        """List the connected components: see `nsi_notebook.components`."""
        from .voids.components import components

        return components(self._array, **options)

    def percolation_threshold(self, **options: Any) -> xr.DataArray:
        """Find the threshold at which the void of the image first spans: see `nsi_notebook.percolation_threshold`."""
        from .voids.percolation import percolation_threshold

        return percolation_threshold(self._array, **options)

    def distance_map(self, **options: Any) -> xr.DataArray:
        """Map the distance to the solid: see `nsi_notebook.distance_map`."""
        from .voids.maps import distance_map

        return distance_map(self._array, **options)

    def thickness_map(self, **options: Any) -> xr.DataArray:
        """Map the local thickness: see `nsi_notebook.thickness_map`."""
        from .voids.maps import thickness_map

        return thickness_map(self._array, **options)

    def persistence(self, **options: Any) -> xr.Dataset:
        """Find the persistence pairs of a grey image: see `nsi_notebook.persistence`."""
        from .voids.persistence import persistence

        return persistence(self._array, **options)

    def preset(self, name: str, **options: Any) -> xr.Dataset:
        """Describe the empty part in the words of a field: see `nsi_notebook.preset`."""
        from .voids.presets import preset

        return preset(name, self._array, **options)

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
