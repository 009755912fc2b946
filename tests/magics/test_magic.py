"""`%nsi` in a shell of this process."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd
import pytest
import traitlets
import xarray as xr
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from nsi_notebook.commands.settings import names
from nsi_notebook.errors import DimsError, FileError, NsiError, OptionError, PixelError, SpacingError, UnknownNameError
from nsi_notebook.magics import load_ipython_extension, unload_ipython_extension
from nsi_notebook.magics.magic import NsiMagics, split_assignment


@pytest.fixture
def shell(tmp_path, monkeypatch):
    """A shell with the extension and two variables."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / ".ipython"))
    shell = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
    load_ipython_extension(shell)
    mask = xr.DataArray(np.arange(48).reshape(6, 8) % 3 == 0, dims=("y", "x"), name="void")
    shell.push({"mask": mask, "image": mask.astype("float32") * 100, "path": "nothing.tif"})
    yield shell
    unload_ipython_extension(shell)


def value(shell, code):
    result = shell.run_cell(code)
    result.raise_error()
    return result.result


def error(shell, code):
    result = shell.run_cell(code)
    assert not result.success
    return result.error_in_exec


def test_the_value_is_returned(shell):
    results = value(shell, "%nsi measure mask void_fraction")
    assert float(results["void_fraction"]) == pytest.approx(1 / 3)
    value(shell, "r = %nsi measure mask void_fraction euler --connectivity 8")
    assert set(shell.user_ns["r"].data_vars) >= {"void_fraction", "euler_number"}


def test_the_name_before_the_arrows_is_assigned_and_nothing_shown(shell):
    assert value(shell, "%nsi r << measure mask void_fraction") is None
    assert "void_fraction" in shell.user_ns["r"]


def test_what_a_cell_shows_of_a_result_speaks_options_and_of_one_of_python_arguments(shell):
    rng = np.random.default_rng(0)
    noise = np.convolve(rng.normal(size=300), 0.95 ** np.arange(60), "same")
    shell.push({"frame": pd.DataFrame({"load": noise, "line": np.repeat(["a", "b"], 150)})})
    page = shell.display_formatter.formatters["text/html"]
    result = value(shell, "%nsi test frame --columns load --by line")
    assert "dim=&#x27;time&#x27;" in result._repr_html_()
    assert "--dim time" in page(result)
    assert "dim=" not in page(result)
    other = value(shell, "import nsi_notebook.analytics as a; a.test(frame, by='line')")
    assert "dim=&#x27;time&#x27;" in page(other)
    value(shell, "%nsi r << test frame --columns load --by line")
    assert "--dim time" in page(shell.user_ns["r"])
    unload_ipython_extension(shell)
    assert page(other) == other._repr_html_()


def test_a_semicolon_shows_nothing(shell):
    assert value(shell, "%nsi measure mask void_fraction;") is None


def test_a_cell_body_holds_options(shell):
    assert value(shell, '%%nsi r << measure mask\nmeasures = ["euler"]\nconnectivity = 8\n') is None
    assert shell.user_ns["r"]["euler_number"].attrs["nsi_connectivity"] == 8


def test_a_cell_without_a_body_is_a_line(shell):
    assert "void_fraction" in value(shell, "%%nsi measure mask void_fraction")
    assert "void_fraction" in value(shell, "%%nsi measure mask void_fraction\n\n")
    assert isinstance(error(shell, "%%nsi mesure mask"), UnknownNameError)


@pytest.mark.parametrize("before", ["\n", "\n  \n\n", "  ", "\t", "\n  "])
def test_blank_lines_and_an_indent_before_a_cell_without_a_body_change_nothing(shell, before):
    assert "void_fraction" in value(shell, f"{before}%%nsi measure mask void_fraction")
    assert "void_fraction" in value(shell, f"{before}%%nsi measure mask void_fraction\n\n")
    assert isinstance(error(shell, f"{before}%%nsi mesure mask"), UnknownNameError)
    value(shell, f'{before}%%nsi r << measure mask\n{before.lstrip(chr(10)).strip(chr(10))}measures = ["euler"]')
    assert "euler_number" in shell.user_ns["r"]


def test_nothing_is_expanded(shell):
    shell.push({"a": "mask"})
    assert "no variable, file or sample '{a}'" in error(shell, "%nsi measure {a}").message
    assert "'$a'" in error(shell, "%nsi measure $a").message


def test_variables_of_a_function_come_before_those_of_the_notebook(shell):
    code = "def f(mask):\n    return get_ipython().run_line_magic('nsi', 'measure mask void_fraction')\n"
    value(shell, code + "import xarray as xr, numpy as np\nr = f(xr.DataArray(np.ones((4, 4), bool), dims=('y', 'x')))")
    assert float(shell.user_ns["r"]["void_fraction"]) == 1.0
    value(shell, "def g(mask):\n    %nsi r2 << measure mask void_fraction\n\ng(~mask)")
    assert float(shell.user_ns["r2"]["void_fraction"]) == pytest.approx(2 / 3)


def test_an_array_will_do_and_a_path_in_a_variable(shell):
    shell.push({"bare": np.ones((3, 4), bool)})
    assert float(value(shell, "%nsi measure bare void_fraction")["void_fraction"]) == 1.0
    assert isinstance(error(shell, "%nsi open path"), FileError)


def test_from_a_sample_to_a_figure(shell):
    value(shell, "%nsi image << open gravel --spacing 0.5 --unit um")
    value(shell, "%nsi pores << void image --method otsu")
    value(shell, "%nsi results << measure pores void_fraction chords")
    assert len(value(shell, "%nsi components pores --connectivity 8")) > 100
    assert "µm" in value(shell, "%nsi plot pores --image image").layout.xaxis.title.text
    assert value(shell, '%%nsi plot results\nmeasure = "chords"\n').data
    value(shell, '%%nsi pores << void image\nmethod = "sauvola"\nwindow = 31\n')
    assert shell.user_ns["pores"].attrs["nsi_window"] == 31
    assert "void-study" in value(shell, "%nsi report --list").index


def test_spacing_may_be_given(shell):
    results = value(shell, "%nsi measure mask chords --spacing 0.5 --unit um")
    assert results["mean_chord"].attrs["units"] == "um"
    assert results.attrs["nsi_spacing"] == [0.5, 0.5]
    assert "x" not in shell.user_ns["mask"].coords


@pytest.mark.parametrize(
    ("line", "kind", "says", "hint"),
    [
        ("mesure mask", UnknownNameError, "unknown verb 'mesure'", "did you mean 'measure'?"),
        ("measure maske", FileError, "no variable, file or sample 'maske'", "did you mean 'mask'?"),
        ("measure mask[0]", FileError, "no variable, file or sample 'mask[0]'", "give it a name first"),
        ("measure image", PixelError, "float32, not a mask", "--method otsu"),
        ("measure mask eulr", UnknownNameError, "unknown measure 'eulr'", "did you mean 'euler'?"),
        ("measure mask --method li", OptionError, "this is a mask already", "leave --method out"),
        ("measure mask --dims q", DimsError, "cannot be used", None),
        ("measure mask --set conectivity=4", OptionError, "unknown option 'conectivity'", "did you mean 'connectivity'?"),
        ("measure mask --set ci=0.9", OptionError, "ci has an option of its own", "--ci instead"),
        ("measure mask --spacing 1 2 3", SpacingError, "spacing=(1.0, 2.0, 3.0)", "one for each dim"),
        ("measure mask --spacing -1", SpacingError, "spacing=-1.0", "positive"),
        ("measure mask --spacing 0.65", SpacingError, "spacing=0.65 has no unit", "give it: --unit um, or --unit pixel"),
        ("measure mask --spacing 0.65 --unit mircon", UnknownNameError, "unknown unit 'mircon'", "did you mean 'micron'?"),
        ("measure mask --unit um", SpacingError, "unit='um' without a spacing", "give the spacing too"),
        ("measure names", FileError, "no variable, file or sample 'names'", None),
        ("measure mask void_fraction -o results.tif", UnknownNameError, "unknown output format '.tif'", None),
        ("measure mask << r", OptionError, "then the verb; there was: measure mask << r", "%nsi result << measure ..."),
        ("measure << r mask", OptionError, "then the verb; there was: measure << r mask", "%nsi result << measure ..."),
        ("measure mask r<<", OptionError, "then the verb; there was: measure mask r<<", "%nsi result << measure ..."),
        ("<< r measure mask", OptionError, "then the verb; there was: << r measure mask", "%nsi result << measure ..."),
        ("r = measure mask", OptionError, "then the verb; there was: r = measure mask", "%nsi result << measure ..."),
        ("r << void << mask", OptionError, "then the verb; there was: r << void << mask", "%nsi result << void ..."),
        ("void << voidd image", UnknownNameError, "unknown verb 'voidd'", "did you mean 'void'?"),
        ("2x << measure mask", OptionError, "'2x' cannot be the name of a variable", None),
        ("void <<", OptionError, "nothing stands behind void <<", "%nsi void << VERB"),
        ("r << ;", OptionError, "nothing stands behind r <<", None),
        ("class << measure mask", OptionError, "'class' cannot be the name of a variable", None),
    ],
)
def test_an_error_is_one_line_and_a_hint(shell, capsys, line, kind, says, hint):
    caught = error(shell, f"%nsi {line}")
    assert isinstance(caught, kind)
    assert says in caught.message
    assert hint is None or hint in caught.hint
    shown = caught._render_traceback_()
    assert shown[0] == f"{type(caught).__name__}: {caught.message}"
    assert shown[1:] == ([] if caught.hint is None else [f"hint: {caught.hint}"])
    assert capsys.readouterr().out.strip() == "\n".join(shown)


def test_the_traceback_behind_an_error_is_kept(shell, capsys):
    caught = error(shell, "%nsi measure maske")
    magics = shell.find_line_magic("nsi").__self__
    assert magics.last_error is caught
    assert (magics.door.expected, magics.door.unexpected) == (1, 0)
    capsys.readouterr()
    value(shell, "%nsi --last-error")
    out = capsys.readouterr().out
    assert "Traceback (most recent call last)" in out
    assert "commands/data.py" in out


def test_an_error_that_is_not_ours_is_counted_logged_and_raised(shell, capsys, caplog):
    class Broken(np.ndarray):
        @property
        def shape(self):
            raise RuntimeError("no shape today")

    shell.push({"broken": np.ones((2, 2)).view(Broken)})
    with caplog.at_level(logging.ERROR, "nsi_notebook.magics"):
        caught = error(shell, "%nsi measure broken")
    magics = shell.find_line_magic("nsi").__self__
    assert isinstance(caught, RuntimeError)
    assert magics.last_error is caught
    assert magics.door.unexpected == 1
    assert caplog.records[0].getMessage() == "%nsi measure broken"
    assert caplog.records[0].exc_info[1] is caught
    assert "Traceback" in capsys.readouterr().out


def test_help(shell, capsys):
    assert value(shell, "%nsi --help") is None
    assert "usage: %nsi [" in capsys.readouterr().out
    assert value(shell, "%nsi measure --help") is None
    assert "--connectivity" in capsys.readouterr().out
    assert value(shell, "%nsi") is None
    doc = shell.find_line_magic("nsi").__doc__
    assert "%nsi [name <<] VERB" in doc
    assert "components" in doc


def test_config(shell):
    value(shell, "%config NsiMagics.ci = 0.9")
    assert value(shell, "%nsi measure mask void_fraction")["void_fraction_ci"].attrs["nsi_ci"] == 0.9
    assert value(shell, "%nsi measure mask void_fraction --ci 0.5")["void_fraction_ci"].attrs["nsi_ci"] == 0.5
    value(shell, "%config NsiMagics.phase = 'bright'")
    assert "void_fraction" in value(shell, "%nsi measure mask void_fraction"), "a mask needs no phase"
    value(shell, "%config NsiMagics.method = 100")
    shell.user_ns["grey"] = grey = np.arange(256.0).reshape(16, 16)
    assert value(shell, "%nsi components grey")["pixels"].sum() == (grey > 100).sum()
    magics = shell.find_line_magic("nsi").__self__
    with pytest.raises(traitlets.TraitError, match="unknown phase 'drak'"):
        magics.phase = "drak"
    for name, wrong, said in (("ci", 90, "between 0 and 1"), ("ci", 0, "between 0 and 1"), ("seed", -1, "from 0")):
        with pytest.raises(traitlets.TraitError, match=said):
            setattr(magics, name, wrong)
    assert magics.ci == 0.9
    assert set(NsiMagics.class_own_traits(config=True)) == set(names())


def test_settings_come_from_pyproject_and_config_goes_over_them(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text('[tool.nsi]\nci = 0.8\nphase = "bright"\n')
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path / "deep")
    shell = InteractiveShell(config=Config({"NsiMagics": {"phase": "dark"}, "HistoryManager": {"enabled": False}}))
    load_ipython_extension(shell)
    magics = shell.find_line_magic("nsi").__self__
    assert (magics.ci, magics.phase) == (0.8, "dark")


def test_a_wrong_pyproject_is_said_when_loading(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text("[tool.nsi]\nphas = 8\n")
    monkeypatch.chdir(tmp_path)
    shell = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
    with pytest.raises(UnknownNameError, match="did you mean 'phase'") as caught:
        load_ipython_extension(shell)
    assert len(caught.value._render_traceback_()) == 2


def test_loading_twice_and_unloading(shell):
    before = len(shell.Completer.custom_matchers), len(shell.configurables), len(shell.input_transformers_cleanup)
    load_ipython_extension(shell)
    assert before == (len(shell.Completer.custom_matchers), len(shell.configurables), len(shell.input_transformers_cleanup))
    assert "void_fraction" in value(shell, "%nsi measure mask void_fraction")
    unload_ipython_extension(shell)
    assert before == tuple(
        len(x) + 1 for x in (shell.Completer.custom_matchers, shell.configurables, shell.input_transformers_cleanup)
    )
    assert shell.find_line_magic("nsi") is None
    assert shell.find_cell_magic("nsi") is None
    unload_ipython_extension(shell)
    load_ipython_extension(shell)
    assert "void_fraction" in value(shell, "%nsi measure mask void_fraction")


def test_assignment_is_only_what_stands_in_front():
    assert split_assignment("r<<measure m") == ("r", "measure m")
    assert split_assignment("measure 'a << b.tif'") == (None, "measure 'a << b.tif'")
    with pytest.raises(NsiError):
        split_assignment("a.b << measure m")


def test_an_engine_from_start_to_stop(shell):
    engine = value(shell, "%nsi engine start --inline")
    try:
        value(
            shell,
            "for i in range(12):\n    get_ipython().run_line_magic('nsi', f'emit load {i} --time 2026-11-26T12:00:{i:02}Z')",
        )
        assert value(shell, "%nsi window load 10s --agg count").columns["count"].tolist() == [10, 2]
        assert value(shell, "%%nsi sql\nselect sum(value) as s\nfrom samples").to_pandas()["s"].item() == 66
        value(shell, "%%nsi high << sql -p least=10\nselect value from samples where value >= $least")
        assert shell.user_ns["high"].to_pandas()["value"].tolist() == [10, 11]
        assert value(shell, "%nsi engine").stored == 12
        assert error(shell, "%%nsi sql\nselect nothing from nowhere").message.startswith("the SQL cannot be answered")
    finally:
        assert value(shell, "%nsi engine stop").state == "stopped"
    assert engine.status().state == "stopped"
