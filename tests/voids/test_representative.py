"""Windows of rising size: each is measured alone; the sizes that settle; the number of fields of view that is foretold."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy import integrate, stats

from nsi_notebook import measure, plot, representative
from nsi_notebook.errors import DimsError, OptionError, PixelError, UnknownNameError
from nsi_notebook.voids.settling import fields_needed
from nsi_notebook.voids.synthetic import bernoulli_noise, boolean_model, truth

SIDE = 96


def model(seed, side=SIDE, radius=3.0, fraction=0.6, **options):
    return boolean_model((side, side), radius=radius, fraction=fraction, seed=seed, **options)


@pytest.fixture(scope="module")
def mask():
    return model(1)


def placed(mask, spacing, unit="um"):
    steps = dict(zip(mask.dims, spacing, strict=True))
    return mask.assign_coords({d: (d, np.arange(mask.sizes[d]) * s, {"units": unit}) for d, s in steps.items()})


ALL = [
    ("void_fraction", "void_fraction", {}, {}),
    ("euler", "euler_density", {}, {"connectivity": 8}),
    ("surface", "perimeter_density", {}, {}),
    ("chords", "mean_chord", {"axis": "x"}, {"edge": "corrected"}),
    ("components", "component_count", {}, {}),
    ("lacunarity", "lacunarity", {"box": 4}, {"boxes": (2, 4)}),
    ("two_point", "two_point_axis", {"axis": "y", "lag": 3}, {}),
    ("distance", "distance_quantile", {"q": 0.5}, {"q": (0.5,)}),
    ("thickness", "thickness_mean", {}, {}),
    ("minkowski", "perimeter_density", {}, {}),
    ("percolation", "connected_fraction", {"axis": "y"}, {}),
]


@pytest.mark.parametrize(("name", "variable", "at", "options"), ALL, ids=[a[0] for a in ALL])
@pytest.mark.parametrize("chunks", [None, (25, 96), (7, 41)], ids=str)
def test_a_window_is_measured_alone(name, variable, at, options, chunks):
    mask = placed(model(3, side=60), (0.5, 0.5))
    given = mask if chunks is None else mask.chunk(dict(zip(mask.dims, chunks, strict=True)))
    ds = representative(given, name, variable, at=at, windows=[7.5, 14], **options)
    assert ds.window.values.tolist() == [7.5, 14, 30]
    for n, side in [(15, 7.5), (28, 14), (60, 30)]:
        parts = 60 // n
        corners = [(i * n, j * n) for i in range(parts) for j in range(parts)]
        cuts = [mask.isel(y=slice(i, i + n), x=slice(j, j + n)) for i, j in corners]
        alone = np.array([measure(c, name, **options)[variable].sel(at).item() for c in cuts])
        one = ds.sel(window=side)
        assert one.window_count == np.isfinite(alone).sum()
        wanted = np.nanquantile(alone, ds["quantile"].values)
        np.testing.assert_array_equal(one[f"{variable}_quantile"], wanted)
        np.testing.assert_allclose(one[f"{variable}_mean"], np.nanmean(alone), rtol=1e-12)
        if parts > 1:
            np.testing.assert_allclose(one[f"{variable}_std"], np.nanstd(alone, ddof=1), rtol=1e-9, atol=1e-15)


def test_batch_dims_stay_and_frames_do_not_mix(mask):
    series = xr.concat([mask, model(2), mask[::-1]], xr.Variable("time", [0.0, 1.0, 2.0], {"units": "s"}))
    ds = representative(series.chunk({"time": 2, "y": 50}), width=0.05)
    assert ds.fields_needed.dims == ("time", "window")
    assert ds.void_fraction_quantile.dims == ("time", "window", "quantile")
    assert ds.time.attrs["units"] == "s"
    for i, one in enumerate([mask, model(2)]):
        xr.testing.assert_allclose(ds.isel(time=i, drop=True), representative(one, width=0.05), rtol=1e-9)
    assert ds.attrs["nsi_representative"] == "void_fraction"


def test_windows_are_cubes_in_length_and_thin_images_are_cut_through():
    solid = xr.DataArray(np.random.default_rng(0).random((6, 40, 80)) < 0.5, dims=("z", "y", "x"))
    ds = representative(placed(solid, (2.0, 1.0, 0.5)), windows=[4, 20.2])
    assert ds.window.values.tolist() == [4, 20, 40]
    assert ds.window_size.values.tolist() == [64, 12 * 20 * 20, 12 * 40 * 40]
    assert ds.window_size.attrs["units"] == "um^3"
    assert ds.window_count.values.tolist() == [3 * 10 * 10, 4, 1]


@pytest.mark.parametrize("power", [-1, 3])
def test_another_length_unit_scales_lengths_and_changes_no_number_of_fields(mask, power):
    scale = 2.0**power
    plain = representative(mask, "surface", "perimeter_density", width=0.1, relative=True)
    scaled = representative(placed(mask, (scale, scale)), "surface", "perimeter_density", width=0.1, relative=True)
    np.testing.assert_allclose(scaled.window, plain.window * scale)
    np.testing.assert_allclose(scaled.settled, plain.settled * scale)
    np.testing.assert_array_equal(scaled.fields_needed, plain.fields_needed)
    np.testing.assert_allclose(scaled.perimeter_density_variance_size, plain.perimeter_density_variance_size, rtol=1e-9)
    np.testing.assert_allclose(scaled.variance_exponent, plain.variance_exponent, rtol=1e-6)


@pytest.mark.parametrize(
    ("measure", "variable", "unit"),
    [
        ("void_fraction", "void_fraction", "um^2"),
        ("surface", "perimeter", "um^4"),
        ("surface", "perimeter_density", "1"),
        ("euler", "euler_density", "1/um^2"),
    ],
)
def test_units_are_composed(mask, measure, variable, unit):
    ds = representative(placed(mask, (1, 1)), measure, variable)
    assert ds[f"{variable}_variance_size"].attrs["units"] == unit


def test_what_settles_is_what_is_calm_and_near_the_whole(mask):
    ds = representative(mask, tolerance=0.15)
    calm = [float(s.window) for s in ds.void_fraction_std if s <= 0.15 * ds.void_fraction_mean.sel(window=s.window)]
    assert ds.settled.values.tolist() == [calm[0], 48]
    assert np.isnan(representative(mask, tolerance=1e-4).settled).all()
    assert np.isnan(representative(mask, tolerance=10, windows=48).settled).sum() == 0
    assert np.isnan(representative(mask[:, :48], tolerance=10, windows=48).settled).all()  # of two windows
    full = xr.ones_like(mask)
    assert representative(full).settled.values.tolist() == [float(representative(full).window[0]), 48]


def test_a_gradient_does_not_settle_and_its_variance_does_not_fall():
    rng = np.random.default_rng(0)
    rising = xr.DataArray(rng.random((128, 128)) < np.linspace(0, 1, 128), dims=("y", "x"))
    ds = representative(rising)
    assert np.isnan(ds.settled).all()
    assert ds.variance_exponent > -0.5
    assert abs(representative(bernoulli_noise((128, 128), fraction=0.5, seed=0)).variance_exponent + 1) < 0.5


def test_the_integral_range_is_that_of_the_model():
    found = [float(representative(model(seed, side=192)).integral_range) for seed in range(12)]
    true = truth(model(0))
    area, _ = integrate.quad(lambda r: 2 * np.pi * r * float(true.two_point(r) - true.two_point(100.0)), 0, 6.0)
    fraction = float(true.two_point(0.0))
    assert np.mean(found) == pytest.approx(area / (fraction * (1 - fraction)), rel=0.12)


def test_noise_has_an_integral_range_of_one_pixel():
    ds = representative(bernoulli_noise((256, 256), fraction=0.3, seed=4))
    assert float(ds.integral_range) == pytest.approx(1, rel=0.4)
    assert ds.integral_range.attrs["units"] == "pixel^2"


@pytest.mark.parametrize(
    ("name", "variable", "width"), [("void_fraction", "void_fraction", 0.05), ("surface", "perimeter_density", 0.02)]
)
def test_as_many_fields_as_foretold_make_an_interval_of_the_wanted_width(name, variable, width):
    whole, part = [], []
    for seed in range(25):
        ds = representative(model(seed), name, variable, width, windows=[24])
        whole.append(float(ds.fields_needed.sel(window=SIDE)))
        part.append(float(ds.fields_needed.sel(window=24)))
    for needed, side in [(whole, SIDE), (part, 24)]:
        count = round(float(np.mean(needed)))
        rng = np.random.default_rng(5)
        pool = np.array([float(measure(model(1000 + s, side=side), name)[variable]) for s in range(300)])
        fields = np.array([rng.choice(pool, count) for _ in range(4000)])
        half = stats.t.ppf(0.975, count - 1) * fields.std(axis=1, ddof=1) / np.sqrt(count)
        covered = np.abs(fields.mean(axis=1) - pool.mean()) <= half
        assert 0.92 <= covered.mean() <= 0.98
        assert 2 * half.mean() == pytest.approx(width, rel=0.12)


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
@pytest.mark.parametrize("std", [0.0, 0.01, 0.3, 5.0])
def test_the_number_is_the_least_that_is_narrow_enough(std, level):
    def narrow(n):
        return 2 * stats.t.ppf((1 + level) / 2, n - 1) * std / np.sqrt(n) <= 0.1

    count = int(fields_needed(std, 0.1, level))
    assert narrow(count)
    assert count == 2 or not narrow(count - 1)


def test_numbers_without_an_answer():
    assert np.isnan(fields_needed(np.nan, 0.1, 0.95))
    assert fields_needed(1.0, 0.0, 0.95) == np.inf
    assert fields_needed(1e9, 1e-3, 0.95) > 1e24
    empty = xr.DataArray(np.zeros((32, 32), bool), dims=("y", "x"))
    ds = representative(empty, "distance", "distance_mean", 0.1)
    assert np.isnan(ds.fields_needed).all()
    assert np.isnan(ds.distance_mean_quantile).all()
    assert (ds.window_count == 0).all()
    assert representative(empty, width=0.1).fields_needed.values.tolist() == [2] * 6


def test_a_lag_that_small_windows_have_not_is_left_out(mask):
    ds = representative(mask, "two_point", "two_point_axis", at={"axis": "x", "lag": 10}, windows=[8, 24, 48])
    assert ds.window_count.values.tolist() == [0, 16, 4, 1]


BAD = [
    ({"windows": 97}, OptionError, "larger than the image"),
    ({"windows": [10, 0.5]}, OptionError, "smaller than a pixel"),
    ({"windows": ["10"]}, OptionError, "not a finite number"),
    ({"windows": 60}, OptionError, "no two windows"),
    ({"width": 0}, OptionError, "width=0 is not positive"),
    ({"width": -1.0}, OptionError, "not positive"),
    ({"width": np.nan}, OptionError, "not a finite number"),
    ({"tolerance": 0}, OptionError, "not positive"),
    ({"level": 1}, OptionError, "level=1.0 is not a level"),
    ({"measure": ["euler"]}, OptionError, "not the name of one measure"),
    ({"measure": "eulr"}, UnknownNameError, "did you mean 'euler'"),
    ({"measure": "euler"}, OptionError, "variable='euler_density'"),
    ({"measure": "euler", "variable": "euler_densty"}, UnknownNameError, "did you mean 'euler_density'"),
    ({"measure": "chords", "variable": "mean_chord"}, OptionError, "at={'axis': 'x'}"),
    ({"measure": "chords", "variable": "mean_chord", "at": {"axis": "z"}}, UnknownNameError, "unknown axis 'z'"),
    ({"measure": "two_point", "variable": "two_point_axis", "at": {"axis": "x", "lag": "far"}}, UnknownNameError, "lag 'far'"),
    ({"at": {"axis": "x"}}, OptionError, "is one number"),
]


@pytest.mark.parametrize(("options", "error", "said"), BAD, ids=[said for *_, said in BAD])
def test_what_cannot_be_answered_is_refused(mask, options, error, said):
    with pytest.raises(error, match=said.replace("{", r"\{")):
        representative(mask, **options)


def test_masks_that_are_none_are_refused(mask):
    with pytest.raises(PixelError):
        representative(mask.astype(int))
    with pytest.raises(DimsError, match="the mask has a coord 'settled', which is the name of an output"):
        representative(mask.assign_coords(settled=1))
    with pytest.raises(DimsError, match="rename"):
        representative(mask.expand_dims(window=3))
    for side in (1, 5):
        with pytest.raises(OptionError, match="no two windows"):
            representative(mask[:side, :side])


def test_the_figure_shows_the_curve_its_spread_and_the_fields(mask):
    ds = mask.nsi.representative(width=0.05, tolerance=0.15)
    figure = plot(ds, title="Windows")
    assert {t for t in figure.layout if t.startswith("yaxis")} == {"yaxis", "yaxis2", "yaxis3"}
    curve = next(t for t in figure.data if t.name == "void_fraction_mean")
    np.testing.assert_array_equal(curve.y, ds.void_fraction_mean)
    needed = next(t for t in figure.data if t.name == "fields_needed")
    np.testing.assert_array_equal(needed.y, ds.fields_needed)
    assert figure.layout.yaxis3.type == figure.layout.xaxis.type == "log"
    assert any(a.text == "settled" for a in figure.layout.annotations)
    assert figure.layout.xaxis3.title.text == "side of the window (pixel)"
    with pytest.raises(UnknownNameError):
        plot(ds, "euler")


def test_the_figure_of_frames_without_a_width_has_a_line_for_each(mask):
    series = xr.concat([mask, model(2), model(3)], "time")
    figure = plot(representative(series, tolerance=1e-6))
    assert "yaxis3" not in figure.layout
    assert {t.name for t in figure.data if t.showlegend} >= {"time 0", "time 1", "time 2"}
    assert not figure.layout.annotations
