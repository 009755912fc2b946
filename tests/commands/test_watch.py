"""Files that are written slowly, cut short, renamed, changed; watchers that are killed and started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
import tifffile
import xarray as xr

import nsi_notebook as nsi
from nsi_notebook import Stream, measure
from nsi_notebook.cli import main
from nsi_notebook.commands import parse, run
from nsi_notebook.commands.asked import Asked
from nsi_notebook.commands.rows import CsvRows, Seen, numbers
from nsi_notebook.commands.settings import Settings
from nsi_notebook.commands.watch import watch
from nsi_notebook.errors import FileError, OptionError, PixelError, SpacingError, UnknownNameError

FEW = ["void_fraction", "chords", "components"]
OUTPUTS = ["rows.csv", "rows.nc", "rows.zarr"]
QUICK = {"interval": 0.05, "once": True}
rng = np.random.default_rng(0)


def image(name, folder, shape=(16, 20), seed=None, when=None):
    path = folder / name
    values = np.random.default_rng(seed if seed is not None else len(name)).integers(0, 255, shape).astype(np.uint8)
    tifffile.imwrite(path, values)
    if when is not None:
        os.utime(path, (when, when))
    return values


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def expected(values):
    mask = xr.DataArray(values <= 100, dims=("y", "x"))
    return measure(mask, FEW)


@pytest.mark.parametrize("name", OUTPUTS)
def test_what_is_there_is_measured_once_in_the_order_of_time_then_name(name, folder, tmp_path):
    files = {"f10.tif": 5, "f2.tif": 5, "a.tif": 9, "z.tif": 1}
    values = {n: image(n, folder, seed=i, when=w) for i, (n, w) in enumerate(files.items())}
    (folder / "notes.txt").write_text("no image")
    (folder / ".hidden.tif").write_bytes(b"half")
    how = {"output": str(tmp_path / name), "method": 100, **QUICK}
    rows = watch(str(folder), FEW, **how)
    assert rows["path"].tolist() == ["z.tif", "f2.tif", "f10.tif", "a.tif"]
    assert rows["error"].tolist() == [""] * 4
    for row in rows.to_dict("records"):
        one = expected(values[row["path"]])
        assert row["void_fraction"] == one.void_fraction.item()
        assert row["component_count"] == one.component_count.item()
        assert row["mean_chord x (pixel)"] == one.mean_chord.sel(axis="x").item()
        assert row["bytes"] == (folder / row["path"]).stat().st_size
        assert np.datetime64(row["modified"]).astype("M8[ns]").astype(int) == (folder / row["path"]).stat().st_mtime_ns
    before = (tmp_path / name).stat().st_mtime_ns
    again = watch(str(folder), FEW, **how)
    pd.testing.assert_frame_equal(again, rows)
    assert (tmp_path / name).stat().st_mtime_ns == before
    image("f2.tif", folder, seed=77)  # changed: a file anew
    image("new.tif", folder)
    assert watch(str(folder), FEW, **how)["path"].tolist()[4:] in (["f2.tif", "new.tif"], ["new.tif", "f2.tif"])
    assert sorted(p.name for p in tmp_path.iterdir() if p.name != ".rows.csv.json") == ["in", name]


@pytest.mark.parametrize("name", OUTPUTS)
def test_bad_files_are_recorded_with_their_reason_and_the_rest_goes_on(name, folder, tmp_path):
    image("a.tif", folder, when=1)
    whole = (folder / "a.tif").read_bytes()
    (folder / "cut.tif").write_bytes(whole[:150])
    (folder / "empty.tif").touch()
    os.utime(folder / "cut.tif", (0, 0))  # the first of all
    image("b.tif", folder, shape=(8, 9))
    image("c.tif", folder)
    rows = watch(str(folder), FEW, output=str(tmp_path / name), method="otsu", **QUICK).set_index("path")
    assert "cut.tif" in rows.loc["cut.tif", "error"]
    assert "empty.tif" in rows.loc["empty.tif", "error"]
    assert "the shape (8, 9), those before it (16, 20)" in rows.loc["b.tif", "error"]
    assert np.isnan(pd.to_numeric(rows.loc["b.tif", "void_fraction"]))
    assert (rows.loc[["a.tif", "c.tif"], "error"] == "").all()
    assert 0 < rows.loc["c.tif", "void_fraction"] < 1
    assert 0 < rows.loc["c.tif", "threshold"] < 255


@pytest.mark.parametrize("name", ["rows.csv", "rows.nc"])
@pytest.mark.parametrize(
    ("bad", "how", "word"),
    [
        (np.array([["a"]]), {}, "<U1, not numbers"),
        (np.eye(9), {"channel": "1"}, "no channel '1' to choose"),
        (np.zeros((1, 1), dtype=np.uint8), {"ci": 0.9}, "one tile only"),
    ],
)
def test_what_is_wrong_with_one_file_does_not_end_the_watch(bad, how, word, name, folder, tmp_path):
    np.save(folder / "a.npy", bad)
    os.utime(folder / "a.npy", (0, 0))
    how = {"output": str(tmp_path / name), "method": 100, **how, **QUICK}
    assert word in watch(str(folder), FEW, **how)["error"].item()
    shape = (16, 20, 3) if "channel" in how else (16, 20)
    np.save(folder / "b.npy", rng.integers(0, 255, shape).astype(np.uint8))
    for _ in range(2):
        rows = watch(str(folder), FEW, **how)
        assert rows["path"].tolist() == ["a.npy", "b.npy"]
        assert [bool(reason) for reason in rows["error"]] == [True, False]


@pytest.mark.parametrize("name", ["rows.csv", "rows.nc"])
def test_a_bad_first_file_does_not_say_what_the_others_are_like(name, folder, tmp_path):
    xr.Dataset({"mask": (("row", "col"), np.eye(9, dtype=bool))}).to_netcdf(folder / "a.nc", engine="h5netcdf")
    np.save(folder / "b.npy", np.zeros((4, 5, 6)))  # no threshold stands out
    np.save(folder / "c.npy", rng.random((9, 9)))
    for i, path in enumerate(sorted(folder.iterdir())):
        os.utime(path, (i, i))
    rows = watch(str(folder), ["euler"], output=str(tmp_path / name), method="otsu", **QUICK)
    assert [bool(reason) for reason in rows["error"]] == [True, True, False]
    assert rows["euler_number"].notna().tolist() == [False, False, True]


def test_a_file_without_the_spacing_that_a_unit_needs_is_a_bad_file(folder, tmp_path):
    np.save(folder / "a.npy", np.eye(9, dtype=bool))
    mask = nsi.voids.space.respaced(xr.DataArray(np.eye(9, dtype=bool), dims=("y", "x"), name="mask"), 0.5, "um")
    mask.to_netcdf(folder / "b.nc", engine="h5netcdf")
    rows = watch(str(folder), ["chords"], output=str(tmp_path / "rows.csv"), unit="nm", **QUICK).set_index("path")
    assert "without a spacing" in rows.loc["a.npy", "error"]
    assert rows.loc["b.nc", ["error", "mean_chord x (nm)"]].tolist() == ["", 500.0]


def test_files_that_have_coords_of_the_names_of_the_rows(folder, tmp_path):
    mask = xr.DataArray(np.eye(9, dtype=bool), dims=("y", "x"), coords={"file": "one", "error": 0.5}, name="mask")
    mask.to_netcdf(folder / "a.nc", engine="h5netcdf")
    assert watch(str(folder), ["euler"], output=str(tmp_path / "rows.nc"), **QUICK)["error"].tolist() == [""]


def test_a_file_of_rows_with_curves_is_a_stream_and_plain_netcdf(folder, tmp_path):
    values = [image(f"{i}.tif", folder, seed=i, when=i) for i in range(3)]
    path = tmp_path / "rows.nc"
    watch(str(folder), FEW, output=str(path), method=100, **QUICK)
    result = Stream.load(path).result()
    masks = xr.DataArray(np.stack(values) <= 100, dims=("file", "y", "x"))
    np.testing.assert_array_equal(result.chord_count, measure(masks, FEW).chord_count)
    np.testing.assert_array_equal(result.component_size, measure(masks, FEW).component_size)
    with xr.open_dataset(path, engine="h5netcdf") as opened:
        assert opened.path.values.tolist() == ["0.tif", "1.tif", "2.tif"]


def test_volumes_after_an_unreadable_file_are_measured_as_volumes(folder, tmp_path):
    (folder / "a.npy").write_bytes(b"")
    os.utime(folder / "a.npy", (0, 0))
    np.save(folder / "b.npy", rng.random((4, 5, 6)) < 0.5)
    for name in ("rows.nc", "rows.csv"):
        rows = watch(str(folder), ["euler", "chords"], output=str(tmp_path / name), **QUICK)
        assert rows["path"].tolist() == ["b.npy", "a.npy"] or rows["path"].tolist() == ["a.npy", "b.npy"]
        assert "mean_chord z (pixel)" in rows
    np.save(folder / "c.npy", rng.random((4, 5, 6)) < 0.5)
    for name in ("rows.nc", "rows.csv"):
        assert watch(str(folder), ["euler", "chords"], output=str(tmp_path / name), **QUICK)["euler_number"].notna().sum() == 2


@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # of small frames
def test_intervals_channels_and_folders_inside(folder, tmp_path):
    (folder / "deep").mkdir()
    np.save(folder / "deep" / "a.npy", rng.random((2, 20, 20)) < 0.5)
    np.save(folder / "b.npy", rng.random((20, 20)) < 0.5)
    how = {"output": str(tmp_path / "rows.csv"), "ci": 0.9, "dims": ["y", "x"], **QUICK}
    rows = watch(str(folder), ["void_fraction", "distance", "two_point"], pattern="deep/*.npy", **how)
    assert rows["path"].tolist() == ["deep/a.npy"]
    assert {"void_fraction z=0", "void_fraction z=1 lower", "distance_quantile z=1 q=0.5 (pixel)"} <= set(rows.columns)
    assert not [c for c in rows.columns if c.startswith("two_point")]


def test_half_a_line_is_measured_again(folder, tmp_path):
    path = tmp_path / "rows.csv"
    for i in range(3):
        image(f"{i}.tif", folder, seed=i, when=i)
    rows = watch(str(folder), FEW, output=str(path), method=100, **QUICK)
    path.write_bytes(path.read_bytes()[:-20])
    pd.testing.assert_frame_equal(watch(str(folder), FEW, output=str(path), method=100, **QUICK), rows)


WATCHER = """
import sys
from nsi_notebook.cli import main
sys.exit(main(["watch", *sys.argv[1:]]))
"""
WRITER = """
import sys, time
whole = open(sys.argv[1], "rb").read()
with open(sys.argv[2], "wb", buffering=0) as file:
    for i in range(8):
        file.write(whole[i * len(whole) // 8 : (i + 1) * len(whole) // 8])
        time.sleep(0.08)
"""


def started(*words):
    return subprocess.Popen([sys.executable, "-c", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(condition, longest=200):
    end = time.monotonic() + longest
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def paths_in(path):
    if path.suffix == ".csv":
        return [line.split(",")[0] for line in path.read_text().splitlines()[1:]] if path.exists() else []
    return Stream.load(path).result().path.values.tolist() if path.exists() else []


@pytest.mark.parametrize("name", ["rows.csv", "rows.nc"])
def test_a_watcher_waits_for_slow_writers_and_loses_nothing_when_killed(name, folder, tmp_path):
    output = tmp_path / name
    image("whole.tif", tmp_path, shape=(64, 64))
    words = [str(folder), "void_fraction", "components", "--method", "100", "--interval", "0.2", "-o", str(output)]
    watcher = started(WATCHER, *words)
    writer = started(WRITER, str(tmp_path / "whole.tif"), str(folder / "slow.tif"))
    assert writer.wait() == 0
    (folder / ".part").write_bytes((tmp_path / "whole.tif").read_bytes())
    os.rename(folder / ".part", folder / "renamed.tif")
    wait_for(lambda: len(paths_in(output)) == 2)
    watcher.kill()
    watcher.wait()
    image("later.tif", folder, shape=(64, 64))
    watcher = started(WATCHER, *words)
    wait_for(lambda: len(paths_in(output)) == 3)
    watcher.send_signal(signal.SIGINT)
    out, err = watcher.communicate(timeout=60)
    assert (watcher.returncode, err) == (0, "")
    assert out == f"wrote {output}\n"
    assert sorted(paths_in(output)) == ["later.tif", "renamed.tif", "slow.tif"]
    rows = watch(str(folder), ["void_fraction", "components"], output=str(output), method=100, **QUICK)
    assert rows["error"].tolist() == [""] * 3
    same = rows.set_index("path").loc[["slow.tif", "renamed.tif"]].drop(columns=["modified"])
    assert (same.iloc[0] == same.iloc[1]).all()


def test_a_file_that_keeps_growing_is_left_for_the_next_time(folder, tmp_path, capsys):
    path = folder / "grows.npy"
    np.save(path, rng.random((9, 9)) < 0.5)
    whole = path.read_bytes()
    path.write_bytes(whole[:100])
    grower = started("import sys, time\nwhile True:\n    open(sys.argv[1], 'ab').write(b'x')\n    time.sleep(0.01)", str(path))
    wait_for(lambda: path.stat().st_size > 100)
    try:
        assert main(["watch", str(folder), "euler", "-o", str(tmp_path / "rows.csv"), "--once", "--interval", "0.3"]) == 0
        assert capsys.readouterr().out == "nothing was measured\n"
    finally:
        grower.kill()
        grower.wait()
    path.write_bytes(whole)
    assert len(watch(str(folder), ["euler"], output=str(tmp_path / "rows.csv"), **QUICK)) == 1


@pytest.mark.parametrize(
    ("how", "kind", "word"),
    [
        ({"output": "rows.txt"}, UnknownNameError, r"\.csv"),
        ({"output": "rows.csv", "measures": ["eulr"]}, UnknownNameError, "did you mean 'euler'"),
        ({"output": "rows.csv", "method": "otsi"}, UnknownNameError, "otsu"),
        ({"output": "rows.csv", "phase": "bright"}, OptionError, "goes with a method"),
        ({"output": "rows.csv", "interval": 0}, OptionError, "interval=0"),
        ({"output": "rows.csv", "spacing": [-1.0]}, SpacingError, "spacing="),
        ({"output": "rows.csv", "spacing": [1.0, 2.0], "dims": ["z", "y", "x"]}, SpacingError, "does not fit the dims"),
        ({"output": "rows.csv", "spacing": [1.0]}, SpacingError, "has no unit"),
        ({"output": "rows.csv", "unit": "mircon"}, UnknownNameError, "unknown unit 'mircon'"),
        ({"output": "rows.csv", "pattern": "/a"}, OptionError, "pattern='/a'"),
        ({"output": "rows.csv", "measures": ["two_point"]}, OptionError, "curves only"),
        ({"output": "rows.csv", "folder": "nowhere"}, FileError, "no folder"),
        ({"output": "other.csv"}, FileError, "holds no rows of files"),
        ({"output": "bad.csv"}, FileError, "holds no rows of files"),
        ({"output": "other.nc"}, FileError, "holds no stream"),
        ({"output": "stream.nc"}, FileError, "holds no rows of files"),
    ],
)
def test_what_cannot_be_watched_is_said_at_once(how, kind, word, folder, tmp_path):
    np.save(folder / "a.npy", rng.random((9, 9)) < 0.5)
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    (tmp_path / "bad.csv").write_text("path,bytes,modified,error\nx,many,today,\n")
    measure(xr.DataArray(np.eye(4, dtype=bool), dims=("y", "x")), "euler").to_netcdf(tmp_path / "other.nc", engine="h5netcdf")
    stream = Stream("euler")
    stream.update(np.eye(4, dtype=bool))
    stream.save(tmp_path / "stream.nc")
    how = {"folder": "in", "measures": ["euler"], **QUICK, **how}
    with pytest.raises(kind, match=word):
        watch(str(tmp_path / how.pop("folder")), output=str(tmp_path / how.pop("output")), **how)


@pytest.mark.parametrize("name", ["rows.csv", "rows.nc"])
def test_other_options_do_not_go_on_in_the_same_file(name, folder, tmp_path):
    np.save(folder / "a.npy", rng.random((9, 9)) < 0.5)
    how = {"output": str(tmp_path / name), **QUICK}
    watch(str(folder), ["euler"], **how)
    np.save(folder / "b.npy", rng.random((9, 9)) < 0.5)
    with pytest.raises(OptionError, match=r"with measures=\['euler'\], and measures=\['void_fraction'\] is asked for now"):
        watch(str(folder), ["void_fraction"], **how)


@pytest.mark.parametrize("name", OUTPUTS)
@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ({"channel": "0"}, {"channel": "1"}, "channel='0', and channel='1'"),
        ({"variable": "a"}, {"variable": "b"}, "variable='a', and variable='b'"),
        ({}, {"edge": "inner"}, "no edge, and edge='inner'"),
        ({"spacing": [0.5], "unit": "um"}, {"spacing": [2.0], "unit": "um"}, r"spacing=\[0.5\], and spacing=\[2.0\]"),
        ({"measures": ["chords", "euler"]}, {"measures": None}, r"measures=\['chords', 'euler'\], and no measures"),
        ({"connectivity": 8, "measures": ["euler"]}, {"measures": ["euler"]}, "connectivity=8, and no connectivity"),
        ({}, {"method": 50}, "method=100, and method=50"),
    ],
)
@pytest.mark.parametrize("bad", [False, True], ids=["good", "only bad rows"])
def test_what_is_asked_otherwise_after_a_restart_is_refused(bad, before, now, said, name, folder, tmp_path):
    if bad:
        (folder / "a.npz").write_bytes(b"half")
    elif "variable" in before:
        np.savez(folder / "a.npz", a=rng.random((8, 8)) * 200, b=rng.random((8, 8)))
    else:
        shape = (8, 8, 3) if "channel" in before else (8, 8)
        np.save(folder / "a.npy", rng.integers(0, 255, shape).astype(np.uint8))
    how = {"output": str(tmp_path / name), "measures": ["chords"], "method": 100, **QUICK}
    rows = watch(str(folder), **{**how, **before})
    assert bool(rows["error"].item()) == bad
    with pytest.raises(OptionError, match=f"{name} was measured with {said} is asked for now"):
        watch(str(folder), **{**how, **now})
    pd.testing.assert_frame_equal(watch(str(folder), **{**how, **before}), rows)


MASK = rng.random((9, 9)) < 0.5


@pytest.mark.parametrize("name", OUTPUTS)
@pytest.mark.parametrize(
    ("image", "how", "kind", "said", "hint"),
    [
        (MASK * np.uint8(9), {}, PixelError, "an image of uint8, not a mask", "--method 4 --phase bright"),
        (rng.random((9, 9)), {}, PixelError, "an image of float64, not a mask", "--method otsu --phase dark"),
        (MASK, {"method": "otsu"}, OptionError, "method='otsu', but this is a mask already", "leave --method out"),
        (rng.random((9, 9, 3)), {"method": 0.5}, PixelError, "the image is in colour", "--channel mean"),
        (MASK, {"connectivity": 26}, OptionError, "connectivity=26 does not exist in 2 dims", "4 or 8"),
        (np.stack([MASK] * 5), {"connectivity": 8}, OptionError, "connectivity=8 does not exist in 3 dims", "6 or 18 or 26"),
    ],
)
def test_what_does_not_go_with_the_first_image_is_said_before_anything_is_written(
    image, how, kind, said, hint, name, folder, tmp_path
):
    for i in range(2):
        np.save(folder / f"{i}.npy", image)
    words = [word for option, value in how.items() for word in (f"--{option}", str(value))]
    with pytest.raises(kind, match=said) as caught:
        run(parse(["watch", str(folder), "euler", "-o", str(tmp_path / name), "--once", "--interval", "0.05", *words]))
    assert caught.value.message.startswith(("0.npy: ", "1.npy: "))
    assert hint in caught.value.hint
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_grey_image_after_masks_is_a_bad_row(name, folder, tmp_path):
    np.save(folder / "a.npy", MASK)
    os.utime(folder / "a.npy", (0, 0))
    np.save(folder / "b.npy", MASK * 1.0)
    rows = watch(str(folder), ["euler"], output=str(tmp_path / name), **QUICK).set_index("path")
    assert rows.loc["a.npy", "error"] == ""
    assert "pixels of float64, those before it bool" in rows.loc["b.npy", "error"]


@pytest.mark.parametrize("name", OUTPUTS)
def test_volumes_with_the_connectivity_of_volumes_need_no_dims(name, folder, tmp_path):
    volume = rng.random((5, 6, 7)) < 0.5
    np.save(folder / "a.npy", volume)
    how = {"output": str(tmp_path / name), "connectivity": 26, **QUICK}
    for _ in range(2):
        rows = watch(str(folder), ["euler"], **how)
        expected = measure(xr.DataArray(volume, dims=("z", "y", "x")), "euler", connectivity=26).euler_number.item()
        assert rows["euler_number"].tolist() == [expected]


@pytest.mark.parametrize("name", OUTPUTS)
def test_an_output_among_the_images_that_is_a_link_stays_and_is_no_image(name, folder, tmp_path):
    held, link = tmp_path / f"held-{name}", folder / name
    link.symlink_to(held)
    for seen in range(1, 3):
        image(f"{seen}.tif", folder)
        rows = watch(str(folder), ["void_fraction"], output=str(link), method=100, pattern="*", **QUICK)
        assert rows["path"].tolist() == [f"{n}.tif" for n in range(1, seen + 1)]
        assert link.is_symlink()
    assert held.exists()


def test_a_spacing_that_is_none_is_said(folder, tmp_path):
    with pytest.raises(SpacingError, match=r"spacing=\[-1\.0\] is no distance between pixels"):
        watch(str(folder), ["euler"], output=str(tmp_path / "rows.csv"), spacing=[-1.0], unit="um")


@pytest.mark.parametrize("name", OUTPUTS)
def test_nothing_to_measure_is_said(name, folder, tmp_path):
    output = str(tmp_path / name)
    with pytest.raises(FileError, match=r"nothing in '.*' is an image; there is: nothing"):
        watch(str(folder), ["euler"], output=output, **QUICK)
    np.save(folder / "a.npy", MASK)
    with pytest.raises(FileError, match=r"nothing in '.*' matches '\*\.tif'; there is: a\.npy"):
        watch(str(folder), ["euler"], output=output, pattern="*.tif", **QUICK)
    assert not (tmp_path / name).exists()
    watch(str(folder), ["euler"], output=output, **QUICK)
    assert len(watch(str(folder), ["euler"], output=output, pattern="*.tif", **QUICK)) == 1, "those that are there"


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_method_of_the_settings_is_for_grey_images_only(name, folder, tmp_path):
    settings = Settings(method=100, phase="bright")
    words = ["void_fraction", "--once", "--interval", "0.05", "-o", str(tmp_path / name)]
    values = image("a.tif", folder)
    for _ in range(2):
        rows = run(parse(["watch", str(folder), *words]), settings=settings)
        assert rows["void_fraction"].tolist() == [(values > 100).mean()]
    (tmp_path / "masks").mkdir()
    np.save(tmp_path / "masks" / "a.npy", MASK)
    words[-1] = str(tmp_path / f"masks-{name}")
    for _ in range(2):
        rows = run(parse(["watch", str(tmp_path / "masks"), *words]), settings=settings)
        assert rows["void_fraction"].tolist() == [MASK.mean()]


@pytest.mark.parametrize("name", OUTPUTS)
@pytest.mark.parametrize(
    ("shape", "spacing", "word"),
    [((16, 16), 0.5, "the shape (16, 16), those before it (8, 8)"), ((8, 8), 2, "y: 2 um, x: 2 um, those before")],
)
def test_after_a_restart_images_are_compared_with_those_before(shape, spacing, word, name, folder, tmp_path):
    def save(path, shape, spacing):
        mask = xr.DataArray(rng.random(shape) < 0.5, dims=("y", "x"), name="mask")
        nsi.voids.space.respaced(mask, spacing, "um").to_netcdf(path, engine="h5netcdf")

    how = {"output": str(tmp_path / name), **QUICK}
    save(folder / "a.nc", (8, 8), 0.5)
    watch(str(folder), ["chords"], **how)
    save(folder / "b.nc", shape, spacing)
    os.utime(folder / "b.nc", (4e9, 4e9))
    for _ in range(2):
        rows = watch(str(folder), ["chords"], **how)
        assert rows["error"][0] == ""
        assert word in rows["error"][1]


@pytest.mark.parametrize("more", [{"ci": 0.9}, {"method": 100}, {"dims": ["x"]}])
def test_rows_in_csv_go_on_with_the_same_options_only(more, folder, tmp_path):
    np.save(folder / "a.npy", rng.integers(0, 255, (9, 9)).astype(np.uint8))
    how = {"output": str(tmp_path / "rows.csv"), "method": 50, **QUICK}
    before = watch(str(folder), ["euler"], **how)
    whole = (tmp_path / "rows.csv").read_bytes()
    with pytest.raises(OptionError, match=f"{next(iter(more))}="):
        watch(str(folder), ["euler"], **how | more)
    header = tmp_path / ".rows.csv.json"
    said = header.read_bytes()
    for broken in (lambda: header.write_bytes(said[:-9]), header.unlink):
        broken()
        with pytest.raises(FileError, match=r"\.rows\.csv\.json beside it"):
            watch(str(folder), ["euler"], **how)
    assert (tmp_path / "rows.csv").read_bytes() == whole
    header.write_bytes(said)
    pd.testing.assert_frame_equal(watch(str(folder), ["euler"], **how), before)


def test_rows_in_csv_are_not_kept_in_memory(folder, tmp_path):
    rows = CsvRows(tmp_path / "rows.csv", Asked(FEW))
    for i in range(3):
        rows.update(Seen(f"{i}.npy", 9, i), xr.DataArray(rng.random((9, 9)) < 0.5, dims=("y", "x")))
    rows.miss(Seen("3.npy", 9, 9), "no light")
    assert len(rows.stream) == 0
    assert rows.table()["error"].tolist() == ["", "", "", "no light"]


CURVES = {"length", "rank", "position", "r", "lag", "box", "pair"}


@pytest.mark.filterwarnings("ignore::nsi_notebook.errors.NsiWarning")  # of small frames
@pytest.mark.parametrize("ndim", [2, 3])
def test_every_variable_without_a_curve_is_a_column(ndim):
    mask = xr.DataArray(rng.random((1,) + (16,) * ndim) < 0.5, dims=("file", "z", "y", "x")[:1] + ("z", "y", "x")[-ndim:])
    row = measure(mask, ci=0.9)
    columns = numbers(row, [])
    for name, variable in row.data_vars.items():
        heads = [head for head in columns if head.split(" ")[0] == str(name).removesuffix("_ci")]
        assert bool(heads) != bool({*variable.dims} & CURVES), name
    assert {"persistence_count homology=0", f"persistence_entropy homology={ndim - 1}"} <= set(columns)


def test_the_verb_on_a_line(folder, tmp_path):
    np.save(folder / "a.npy", rng.random((9, 9)) < 0.5)
    with pytest.raises(OptionError, match="watch needs output"):
        run(parse(["watch", str(folder)]))
    rows = run(parse(["watch", str(folder), "euler", "-o", str(tmp_path / "rows.csv"), "--once", "--interval", "0.05"]))
    assert rows["path"].tolist() == ["a.npy"]
