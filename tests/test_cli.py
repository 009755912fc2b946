"""The `nsi` command line, on files that other libraries wrote."""

from __future__ import annotations

import json
import subprocess
import sys

import imageio.v3
import numpy as np
import pandas as pd
import pytest
import skimage.data
import tifffile
import xarray as xr
from scipy import ndimage
from skimage.filters import threshold_otsu

from nsi_notebook import __version__
from nsi_notebook.cli import main
from nsi_notebook.commands import VERBS

COINS = skimage.data.coins()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    imageio.v3.imwrite("coins.png", COINS)
    tifffile.imwrite("coins.tif", COINS)
    return tmp_path


def nsi(capsys, line):
    code = main(line.split())
    out = capsys.readouterr()
    return code, out.out, out.err


def test_help_imports_nothing_heavy():
    code = "import sys; from nsi_notebook.cli import main; main(['--help']); print(*sorted(sys.modules), file=sys.stderr)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "xarray", "pandas", "IPython", "plotly", "scipy", "numba", "skimage"} & set(run.stderr.split())
    assert all(f" {verb} " in run.stdout or f" {verb}\n" in run.stdout for verb in VERBS)


def test_version(capsys):
    assert nsi(capsys, "--version") == (0, f"nsi {__version__}\n", "")


def test_samples(capsys):
    code, out, err = nsi(capsys, "samples")
    assert (code, err) == (0, "")
    assert "gravel" in out


def test_open_says_what_is_there(folder, capsys):
    code, out, _ = nsi(capsys, "open coins.tif --spacing 0.5 --unit um")
    assert code == 0
    assert "303 y x 384 x, uint8" in out
    assert "y 0.5, x 0.5 um" in out
    assert f"{COINS.min()} to {COINS.max()}" in out


def test_measure_of_an_image(folder, capsys):
    code, out, _ = nsi(capsys, "measure coins.tif void_fraction chords --method otsu --phase dark --spacing 0.5 --unit um")
    expected = (threshold_otsu(COINS) >= COINS).mean()
    assert code == 0
    assert f"void_fraction  {expected:.6g}\n" in out.replace("   ", "")
    assert "mean_chord[x]" in out
    assert out.rstrip().splitlines()[-1].endswith("um") or " um\n" in out


@pytest.mark.filterwarnings("always::nsi_notebook.errors.NsiWarning")  # as outside of tests
def test_measure_to_a_table(folder, capsys):
    code, out, err = nsi(capsys, "measure coins.tif void_fraction --method 100 --ci 0.95 -o out.csv")
    assert (code, out) == (0, "wrote out.csv\n")
    told, hint = err.splitlines()
    assert told.startswith("nsi: warning: intervals in doubt: void_fraction; the first, as adjacent tiles of 38 x 48 pixels vary")
    assert hint.startswith("hint: measure a larger window")
    row = pd.read_csv("out.csv").iloc[0]
    assert row.value == pytest.approx((COINS <= 100).mean())
    assert row.lower < row.value < row.upper
    assert (row["measure"], row["variable"], row["units"]) == ("void_fraction", "void_fraction", 1)


def test_measure_to_netcdf_json_and_zarr(folder, capsys):
    for name in ("out.nc", "out.json", "out.zarr"):
        assert nsi(capsys, f"measure coins.tif void_fraction components --method 100 -o {name}")[0] == 0
    truth = ndimage.label(COINS <= 100)[1]
    for name in ("out.nc", "out.zarr"):
        with xr.open_dataset(name) as results:
            assert int(results["component_count"]) == truth
            assert results["void_fraction"].attrs["units"] == "1"
    rows = {row["variable"]: row for row in json.loads((folder / "out.json").read_text()) if row["variable"] == "component_count"}
    assert rows["component_count"]["value"] == truth
    assert sorted(p.name for p in folder.iterdir()) == ["coins.png", "coins.tif", "out.json", "out.nc", "out.zarr"]


def test_void_to_every_format_and_back(folder, capsys):
    truth = (threshold_otsu(COINS) >= COINS).mean()
    for name in ("void.nc", "void.zarr", "void.tif", "void.png"):
        assert nsi(capsys, f"void coins.png --method otsu -o {name}") == (0, f"wrote {name}\n", "")
    assert (imageio.v3.imread("void.png") > 0).mean() == pytest.approx(truth)
    for name in ("void.nc", "void.zarr"):
        code, out, err = nsi(capsys, f"measure {name} void_fraction")
        assert (code, err) == (0, "")
        assert f"{truth:.6g}" in out
    code, out, _ = nsi(capsys, "measure void.tif void_fraction --method 127 --phase bright")
    assert f"{truth:.6g}" in out


def test_void_of_a_sample_prints_its_threshold(capsys):
    code, out, _ = nsi(capsys, "void coins")
    assert code == 0
    assert "method     otsu" in out
    assert f"threshold  {threshold_otsu(COINS)}" in out


def test_a_colour_image_needs_a_channel(folder, capsys):
    ihc = skimage.data.immunohistochemistry()
    imageio.v3.imwrite("ihc.png", ihc)
    assert "is in colour (3 channels)" in nsi(capsys, "void ihc.png")[2]
    assert (
        f"{(ihc.mean(axis=2) > 180).mean():.6g} of it"
        in nsi(capsys, "void ihc.png --method 180 --phase bright --channel mean")[1]
    )
    assert f"{(ihc[..., 0] > 180).mean():.6g} of it" in nsi(capsys, "void ihc.png --method 180 --phase bright --channel r")[1]
    assert f"{(ihc[..., 0] > 180).mean():.6g} of it" in nsi(capsys, "void ihc.png --method 180 --phase bright --channel 0")[1]
    assert "hint: --channel mean" in nsi(capsys, "void ihc.png")[2]
    assert "unknown channel 'x'" in nsi(capsys, "void ihc.png --channel x")[2]
    assert "leave --channel out" in nsi(capsys, "void coins.png --channel r")[2]


def test_report(folder, capsys):
    assert "void-study" in nsi(capsys, "report --list")[1]
    assert "image" in nsi(capsys, "report void-study --describe")[1]
    code, out, _ = nsi(capsys, "report void-study -p image=coins.tif -p method=100 -o out.html")
    assert (code, out.split()) == (0, ["out.html", "out.ipynb", "out.json"])
    assert json.loads((folder / "out.json").read_text())["status"] == "ok"
    code, out, err = nsi(capsys, "report void-study -p imag=coins.tif -o other.html")
    assert (code, out, "did you mean 'image'?" in err) == (1, "", True)
    code, _, err = nsi(capsys, "report void-study -p image=coins.tif -p ci=high -o other.html")
    assert (code, "ci='high' is not of type float" in err) == (1, True)
    assert not (folder / "other.html").exists()


def test_components(folder, capsys):
    code, _, _ = nsi(capsys, "components coins.tif --method 100 -o parts.csv")
    assert code == 0
    table = pd.read_csv("parts.csv")
    assert len(table) == ndimage.label(COINS <= 100)[1]
    assert table["size (pixel^2)"].sum() == (COINS <= 100).sum()


def test_plot(folder, capsys):
    assert nsi(capsys, "plot coins.tif --method otsu -o fig.json")[0] == 0
    assert json.loads((folder / "fig.json").read_text())["data"]
    assert nsi(capsys, "measure coins.tif chords --method otsu -o out.nc")[0] == 0
    assert nsi(capsys, "plot out.nc chords -o fig.html")[0] == 0
    assert "plotly" in (folder / "fig.html").read_text()[:5_000_000]
    code, _, err = nsi(capsys, "plot out.nc")
    assert (code, err) == (1, "nsi: error: a figure needs a file to go to\nhint: nsi plot ... -o figure.html\n")


def test_plot_of_a_colour_image_and_of_stored_results(folder, capsys):
    imageio.v3.imwrite("ihc.png", skimage.data.immunohistochemistry())
    assert nsi(capsys, "plot ihc.png --method otsu --phase bright --channel mean -o fig.json")[0] == 0
    assert "void fraction" in json.loads((folder / "fig.json").read_text())["layout"]["title"]["text"]
    assert nsi(capsys, "plot coins.tif --image ihc.png --method otsu -o other.json")[0] == 1  # of another size
    assert nsi(capsys, "measure coins.tif chords --method otsu -o out.nc")[0] == 0
    assert "method has no meaning for results" in nsi(capsys, "plot out.nc --method otsu -o f.html")[2]


def test_what_is_there_is_replaced_only_by_force(folder, capsys):
    (folder / "out.csv").write_text("mine")
    code, _, err = nsi(capsys, "measure coins.tif void_fraction --method 100 -o out.csv")
    assert (code, err) == (1, "nsi: error: 'out.csv' is there already\nhint: --force replaces it\n")
    assert (folder / "out.csv").read_text() == "mine"
    assert nsi(capsys, "measure coins.tif void_fraction --method 100 -o out.csv --force")[0] == 0
    assert "void_fraction" in (folder / "out.csv").read_text()
    for _ in range(2):
        assert nsi(capsys, "void coins.tif -o void.zarr --force")[0] == 0


@pytest.mark.parametrize(
    ("line", "code", "says", "hint"),
    [
        ("mesure coins.tif", 2, "unknown verb 'mesure'", "did you mean 'measure'?"),
        ("measure", 2, "required: MASK", "nsi measure --help"),
        ("measure coins.tif --method", 2, "expected one argument", "nsi measure --help"),
        ("measure coins.tif", 1, "this is an image of uint8, not a mask", "--method otsu"),
        ("measure coins.tif --method otus", 1, "unknown method 'otus'", "did you mean 'otsu'?"),
        ("measure coins.tif void_fracton --method otsu", 1, "unknown measure 'void_fracton'", "did you mean 'void_fraction'?"),
        ("measure coin.tif --method otsu", 1, "coin.tif", "coins.tif"),
        ("measure coin", 1, "no file or sample 'coin'", "did you mean 'coins'?"),
        ("void coins.tif -o void.gif", 1, "unknown output format '.gif'", None),
        ("void coins.tif -o nowhere/void.nc", 1, "there is no folder 'nowhere'", "make it first"),
        ("void empty.png", 1, "empty.png", None),
        ("plot coins.tif euler -o f.html", 1, "'euler' cannot be drawn from an image", "measure it first"),
        ("plot coins.tif --phase dark -o f.html", 1, "phase and over go with a method", "--method otsu"),
        ("--fast measure", 2, "a verb comes first, not '--fast'", "one of: open"),
        ("measure coins.tif --ci much", 2, "--ci must be a number, not 'much'", None),
        ("void coins.tif --phase drak", 2, "unknown phase 'drak'", "did you mean 'dark'?"),
        ("measure coins.tif --method 100 --set ci=0.9", 1, "ci has an option of its own", "--ci instead"),
        ("report void-study --each *.gif -o reports", 1, "no file matches '*.gif'", None),
        ("void coins.tif --method -1e5x", 1, "unknown method '-1e5x'", None),
        ("open ~nobody_of_that_name/foo.tif", 1, "begins with the name of no user", "write ./ before"),
        ("void coins.tif -o ~nobody_of_that_name/foo.png", 1, "begins with the name of no user", "write ./ before"),
        ("report void-stdy", 1, "unknown template 'void-stdy'", "did you mean 'void-study'?"),
    ],
)
def test_an_error_is_one_line_and_a_hint(folder, capsys, line, code, says, hint):
    (folder / "empty.png").touch()
    before = sorted(folder.iterdir())
    got, out, err = nsi(capsys, line)
    assert (got, out) == (code, "")
    lines = err.splitlines()
    assert lines[0].startswith("nsi: error: ")
    assert says in lines[0]
    assert hint is None or (len(lines) == 2 and lines[1].startswith("hint: ") and hint in lines[1])
    assert sorted(folder.iterdir()) == before


def test_settings_of_the_folder_apply(folder, capsys):
    (folder / "pyproject.toml").write_text('[tool.nsi]\nmethod = 100\nphase = "bright"\n')
    code, out, _ = nsi(capsys, "void coins.tif")
    assert "threshold  100" in out
    assert f"{(COINS > 100).mean():.6g} of it" in out
    assert "phase      dark" in nsi(capsys, "void coins.tif --phase dark")[1]
    (folder / "pyproject.toml").write_text("[tool.nsi]\nphas = 1\n")
    code, _, err = nsi(capsys, "void coins.tif")
    assert (code, "did you mean 'phase'?" in err) == (1, True)


def test_a_closed_pipe_is_no_traceback():
    run = subprocess.run(
        f"{sys.executable} -m nsi_notebook.cli measure --help | true", shell=True, capture_output=True, text=True, check=False
    )
    assert run.stderr == ""


def test_a_complex_image_cannot_be_drawn_and_says_so(folder, capsys):
    np.save("complex.npy", COINS + 1j)
    code, _, err = nsi(capsys, "plot complex.npy -o fig.html")
    assert (code, err.splitlines()[0]) == (1, "nsi: error: pixels of dtype complex128 cannot be drawn")


def test_a_file_whose_name_begins_with_a_dash(folder, capsys):
    (folder / "coins.tif").rename("-coins.tif")
    assert "303 y x 384 x" in nsi(capsys, "open --spacing 0.5 --unit um -- -coins.tif")[1]


def test_a_full_disk_behind_stdout_is_one_line():
    run = subprocess.run(f"{sys.executable} -m nsi_notebook.cli samples > /dev/full", shell=True, capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (1, "nsi: error: cannot write the output: No space left on device\n")
