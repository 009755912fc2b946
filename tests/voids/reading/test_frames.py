"""Folders and patterns: one file a moment, in the order of the numbers in their names."""

import numpy as np
import pytest
import tifffile
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

import nsi_notebook as nsi
from nsi_notebook.errors import FileError, OptionError
from nsi_notebook.voids.reading.frames import natural

CHUNKS = pytest.mark.parametrize("chunks", [None, {}])


@pytest.fixture
def folder(tmp_path, write):
    """Frames f1, f2, f10: as text they would be f1, f10, f2."""
    place = tmp_path / "frames"
    place.mkdir()
    for number, values in zip((1, 2, 10), write.STACK, strict=True):
        tifffile.imwrite(place / f"f{number}.tif", values, resolution=(4000, 4000), resolutionunit=3)
    return place


@CHUNKS
@pytest.mark.parametrize("pattern", ["", "*", "*.tif", "f[0-9]*.tif"])
def test_frames_run_along_time_in_the_order_of_their_numbers(folder, write, steps, chunks, pattern):
    image = nsi.open(folder / pattern, chunks=chunks)
    assert (image.dims, image.dtype, image.name) == (("time", "y", "x"), "u2", None)
    assert np.array_equal(image, write.STACK)
    assert list(image.file.values) == ["f1.tif", "f2.tif", "f10.tif"]
    assert steps(image) == {"y": (2.5, "um"), "x": (2.5, "um")}
    assert image.attrs["source"] == (pattern or "frames")
    assert chunks is None or image.chunks == ((1, 1, 1), (12,), (14,))


def test_a_pattern_leaves_out_what_it_does_not_match(folder, write):
    assert np.array_equal(nsi.open(folder / "f?.tif"), write.STACK[:2])


def test_a_pattern_may_go_through_folders(folder, write):
    (folder / "later").mkdir()
    tifffile.imwrite(folder / "later" / "f3.tif", write.STACK[0], resolution=(4000, 4000), resolutionunit=3)
    image = nsi.open(str(folder / "**" / "*.tif"))
    assert list(image.file.values) == ["f1.tif", "f2.tif", "f3.tif", "f10.tif"]


def test_hidden_files_notes_and_folders_are_passed_over(folder, write):
    (folder / ".f3.tif").write_bytes(b"half written")
    (folder / ".DS_Store").write_bytes(b"x")
    (folder / "notes.txt").write_text("gain 3")
    (folder / "old").mkdir()
    (folder / "gone").symlink_to(folder / "nowhere")
    assert np.array_equal(nsi.open(folder), write.STACK)


def test_spacing_and_variables_hold_for_all_frames(tmp_path, write, steps):
    for i, values in enumerate(write.STACK):
        np.savez(tmp_path / f"{i}.npz", raw=values, mask=values > 9)
    image = nsi.open(tmp_path, variable="mask", spacing=2, unit="mm")
    assert np.array_equal(image, write.STACK > 9)
    assert image.name == "mask"
    assert steps(image) == {"y": (2.0, "mm"), "x": (2.0, "mm")}


@CHUNKS
def test_frames_of_colour(tmp_path, write, chunks):
    import imageio.v3 as iio

    for i in range(3):
        iio.imwrite(tmp_path / f"{i}.png", write.COLOUR[..., :3] + i)
    image = nsi.open(tmp_path, chunks=chunks)
    assert dict(image.sizes) == {"time": 3, "y": 12, "x": 14, "channel": 3}
    assert "".join(image.channel.values) == "rgb"
    assert np.array_equal(image[2], write.COLOUR[..., :3] + 2)


@CHUNKS
def test_frames_of_volumes(tmp_path, write, steps, chunks):
    for i in range(2):
        write.nifti(tmp_path / f"{i}.nii", (write.STACK + i).astype("i2"))
    image = nsi.open(tmp_path, chunks=chunks)
    assert image.dims == ("time", "z", "y", "x")
    assert np.array_equal(image[1], write.STACK + 1)
    assert steps(image)["z"] == (2.0, "mm")


@CHUNKS
def test_frames_may_be_stores(tmp_path, write, chunks):
    for i in range(3):
        write.zarr2(tmp_path / f"{i}.zarr", write.STACK[i])
    assert np.array_equal(nsi.open(tmp_path, chunks=chunks), write.STACK)


def odd(folder, write, kind):
    """Write one more frame, f3, that differs from the others."""
    path, more = folder / "f3.tif", {"resolution": (4000, 4000), "resolutionunit": 3}
    values = write.STACK[0]
    if kind == "shape":
        values = values[:-1]
    elif kind == "dtype":
        values = values.astype("f4")
    elif kind == "spacing":
        more["resolution"] = (4000, 5000)
    elif kind == "dims":
        values, more["photometric"] = write.STACK, "minisblack"
    tifffile.imwrite(path, values, **more)


@CHUNKS
@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("shape", r"f3.tif has the shape \{'y': 11, 'x': 14\}, f1.tif has \{'y': 12, 'x': 14\}"),
        ("dtype", "f3.tif has the dtype float32, f1.tif has uint16"),
        ("spacing", "f3.tif has the spacing .*2.0.*, f1.tif has .*2.5"),
        ("dims", r"f3.tif has the dims \('z', 'y', 'x'\), f1.tif has \('y', 'x'\)"),
    ],
)
def test_a_frame_that_differs_is_named(folder, write, chunks, kind, said):
    odd(folder, write, kind)
    with pytest.raises(FileError, match=said) as caught:
        nsi.open(folder, chunks=chunks)
    assert "pattern" in caught.value.hint


@CHUNKS
@pytest.mark.parametrize("coord", [np.arange(4) * 0.5, np.arange(4) + 10.0])
def test_coords_without_our_attrs_are_compared_by_their_step(tmp_path, chunks, coord):
    for i, x in enumerate((np.arange(4.0), coord)):
        there = xr.DataArray(np.zeros((3, 4)), dims=("y", "x"), coords={"x": x, "y": list("abc")}, name="a")
        there.to_netcdf(tmp_path / f"{i}.nc")
    if coord[1] - coord[0] == 1:
        assert nsi.open(tmp_path, chunks=chunks).shape == (2, 3, 4)
    else:
        with pytest.raises(FileError, match=r"1.nc has the spacing .*0.5.*, 0.nc has .*1.0"):
            nsi.open(tmp_path, chunks=chunks)


@CHUNKS
def test_a_damaged_frame_is_named(folder, chunks):
    whole = (folder / "f2.tif").read_bytes()
    (folder / "f2.tif").write_bytes(whole[:-40])
    with pytest.raises(FileError, match=r"f2.tif"):
        nsi.open(folder, chunks=chunks).compute()


def test_a_frame_of_no_bytes_is_named(folder):
    (folder / "f2.tif").write_bytes(b"")
    with pytest.raises(FileError, match=r"f2.tif is empty \(0 bytes\)"):
        nsi.open(folder)


@CHUNKS
def test_a_frame_that_changes_its_shape_afterwards_is_an_error(folder, write, chunks):
    image = nsi.open(folder, chunks=chunks)
    tifffile.imwrite(folder / "f10.tif", write.STACK[0, :5])
    if chunks is None:
        assert np.array_equal(image, write.STACK)
    else:
        with pytest.raises(FileError, match=r"f10.tif has changed since it was opened"):
            image.compute()


def test_a_folder_of_several_formats_is_an_error(folder, write):
    write.png(folder / "preview.png")
    with pytest.raises(FileError, match=r"the folder 'frames' holds PNG and TIFF \(preview.png\)") as caught:
        nsi.open(folder)
    assert caught.value.hint == "choose with a pattern: frames/*.png"


def test_a_folder_of_nothing_is_an_error(tmp_path):
    (tmp_path / "frames").mkdir()
    with pytest.raises(FileError, match="the folder 'frames' is empty"):
        nsi.open(tmp_path / "frames")


@pytest.mark.parametrize(("count", "shown"), [(2, "n0.txt, n1.txt"), (5, "n0.txt, n1.txt, n2.txt ...")])
def test_a_folder_of_no_image_shows_what_is_there(tmp_path, count, shown):
    for i in range(count):
        (tmp_path / f"n{i}.txt").write_text("notes")
    with pytest.raises(FileError) as caught:
        nsi.open(tmp_path)
    assert caught.value.message.endswith(f"holds no image, only {shown}")
    assert caught.value.hint.startswith("known are .png")


def test_a_pattern_that_matches_a_folder_is_an_error(folder):
    (folder / "g").mkdir()
    with pytest.raises(FileError, match="g is a folder"):
        nsi.open(folder / "*")


def test_frames_that_are_series_in_time_are_an_error(tmp_path, write):
    for i in range(2):
        np.save(tmp_path / f"{i}.npy", np.stack([write.STACK] * 2))
    with pytest.raises(FileError, match=r"0.npy is a series in time by itself"):
        nsi.open(tmp_path)


def test_frames_of_one_array_have_no_variables(folder, write):
    for path in folder.iterdir():
        path.unlink()
    write.png(folder / "1.png")
    with pytest.raises(OptionError, match="a PNG file holds one image"):
        nsi.open(folder, variable="red")


@given(st.lists(st.integers(0, 10**6), unique=True, min_size=1, max_size=8), st.sampled_from(["", "Frame", "a-"]))
def test_names_are_ordered_by_their_numbers(numbers, begin):
    from pathlib import Path

    names = [Path(f"{begin}{n}.tif") for n in numbers]
    assert sorted(names, key=natural) == [Path(f"{begin}{n}.tif") for n in sorted(numbers)]
