"""What stays in the file until it is used."""

import os
import pickle

import dask.array as da
import numpy as np
import pytest
import zarr

import nsi_notebook as nsi
from nsi_notebook.errors import FileError
from nsi_notebook.voids.reading import lazy


def test_chunks_leave_the_values_in_the_file(written):
    path, _ = written
    image, now = nsi.open(path, chunks={}), nsi.open(path)
    assert isinstance(image.data, da.Array)
    assert isinstance(now.data, np.ndarray)
    assert image.identical(now)


def test_what_is_small_is_read_at_once_and_what_is_large_is_left(written, monkeypatch):
    path, values = written
    monkeypatch.setattr(lazy, "LIMIT", 10)
    image = nsi.open(path)
    always_whole = path.suffix in (".png", ".jpg", ".npz", ".dcm") or path.name == "lzw.tif"
    assert isinstance(image.data, np.ndarray if always_whole else da.Array)
    assert values is None or np.array_equal(image, values)


@pytest.mark.parametrize("folder", [False, True])
def test_large_folders_are_left_too(tmp_path, write, monkeypatch, folder):
    for i, values in enumerate(write.STACK):
        np.save(tmp_path / f"{i}.npy", values)
    monkeypatch.setattr(lazy, "LIMIT", write.STACK.nbytes - 1)  # each frame is below it, the stack is above
    image = nsi.open(tmp_path if folder else tmp_path / "*.npy")
    assert isinstance(image.data, da.Array)
    assert np.array_equal(image, write.STACK)


def test_a_lazy_image_can_be_sent_to_another_process(written):
    path, _ = written
    image = pickle.loads(pickle.dumps(nsi.open(path, chunks={})))
    assert np.array_equal(image, nsi.open(path))


def test_a_lazy_folder_carries_no_pixels(tmp_path):
    for i in range(3):
        np.save(tmp_path / f"{i}.npy", np.full((300, 400), i, "f8"))
    sent = pickle.dumps(nsi.open(tmp_path, chunks={}))
    assert len(sent) < 300 * 400
    assert np.array_equal(pickle.loads(sent)[:, 0, 0], [0, 1, 2])


def rewritten(path, write):
    """Give the same file other values of the same size, a moment later."""
    whole = bytearray(path.read_bytes())
    there = whole.find(write.STACK[0, 0].tobytes()[:8])
    assert there > 0
    whole[there : there + 2] = b"\x11\x11"
    path.write_bytes(whole)
    stamp = path.stat().st_mtime_ns + 10**9
    os.utime(path, ns=(stamp, stamp))


@pytest.mark.parametrize("name", ["stack.npy", "plain.tif", "stack.ome.tif", "brain.nii"])
def test_a_file_that_was_rewritten_is_noticed(tmp_path, write, name):
    path = tmp_path / name
    write.FILES[name][0](path)
    before = nsi.open(path, chunks={})
    assert before.values[0, 0, 0] == write.STACK[0, 0, 0]
    rewritten(path, write)
    assert nsi.open(path, chunks={}).values[0, 0, 0] == 0x1111
    assert nsi.open(path, chunks={}).data.name != before.data.name
    with pytest.raises(FileError, match=f"{name} has changed since it was opened") as caught:
        before.compute()
    assert caught.value.hint == "open it again"


def test_a_file_that_is_gone_is_named(tmp_path, write):
    write.npy(tmp_path / "a.npy")
    image = nsi.open(tmp_path / "a.npy", chunks={})
    (tmp_path / "a.npy").unlink()
    with pytest.raises(FileError, match=r"a.npy cannot be read as NumPy: No such file"):
        image.compute()


def test_one_chunk_needs_one_part_of_the_file(tmp_path, write):
    """The pages that are not asked for are overwritten, and nobody minds."""
    write.pillow_tiff(tmp_path / "a.tif", write.STACK)
    image = nsi.open(tmp_path / "a.tif", chunks={})
    assert image.chunks == ((1, 1, 1), (12,), (14,))
    whole = bytearray((tmp_path / "a.tif").read_bytes())
    stat = (tmp_path / "a.tif").stat()
    last = whole.find(write.STACK[2].tobytes())
    whole[last : last + 336] = bytes(336)
    (tmp_path / "a.tif").write_bytes(whole)
    os.utime(tmp_path / "a.tif", ns=(stat.st_mtime_ns, stat.st_mtime_ns))
    assert np.array_equal(image[0], write.STACK[0])
    assert not np.array_equal(image[2], write.STACK[2])


def test_a_bare_store_is_read_chunk_by_chunk(tmp_path, write):
    write.zarr2(tmp_path / "a.zarr", write.STACK, chunks=(1, 12, 14))
    image = nsi.open(tmp_path / "a.zarr", chunks={})
    store = zarr.open(tmp_path / "a.zarr", mode="r+")
    store[2] = 7
    assert np.array_equal(image[2], np.full((12, 14), 7))
    assert np.array_equal(image[0], write.STACK[0])
