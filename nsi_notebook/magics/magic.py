"""`%nsi` and `%%nsi`, generated from the table of verbs."""

from __future__ import annotations

import keyword
import re
import sys
from collections import ChainMap
from collections.abc import Callable, Sequence
from dataclasses import fields
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, cast

import traitlets
from IPython.core.magic import Magics, line_cell_magic, magics_class, needs_local_scope, no_var_expand

from ..analytics.core.drawn import Drawn
from ..commands import VERBS, Help, help_text, parse, run, split
from ..commands.calling import spoken
from ..commands.settings import Settings, checked, names
from ..commands.warned import plainly
from ..errors import NsiError, OptionError
from .door import Door

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from ..commands.table import Verb

ASSIGNED = re.compile(r"\s*(?P<name>[^\s<>=]+)\s*<<(?P<rest>.*)", re.DOTALL)
HELP = {item.name: item.metadata["help"] for item in fields(Settings)}

GRAMMAR = """Measure the empty part of images, and watch the measures.

    %nsi [name <<] VERB [data] [--option value]
    %%nsi [name <<] VERB [data]      with a body: option = value, one a line (TOML); of `sql` the question

`name <<` keeps the result in a variable and shows nothing; `x = %nsi VERB ...` works as well, and a `;` at the end shows
nothing. Data is the name of a variable (of the function around the line, then of the notebook), else a path, else the
name of a sample image; `./name` is a file for certain. Nothing is expanded: $ and {} are letters.

"""


def documented(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a magic the grammar and the help of all verbs as its docstring, which `%nsi?` shows."""
    function.__doc__ = GRAMMAR + help_text("%nsi")
    return function


def setting(name: str) -> Any:
    """Make the trait of one setting."""
    return traitlets.Any(None, allow_none=True, help=HELP[name]).tag(config=True)


@magics_class
class NsiMagics(Magics):
    """The `%nsi` magics; `%config NsiMagics` lists what they fall back to."""

    method = setting("method")
    phase = setting("phase")
    over = setting("over")
    ci = setting("ci")
    seed = setting("seed")

    def __init__(self, shell: InteractiveShell, settings: Settings | None = None) -> None:
        read = settings or Settings()
        configured = shell.config.get("NsiMagics", {})
        super().__init__(shell, **{name: getattr(read, name) for name in names() if name not in configured})
        self.door = Door()
        self._newest: tuple[Drawn, Verb] | None = None  # of the results that have words for their reader

    @property
    def settings(self) -> Settings:
        """The settings as they are now."""
        return Settings(**{name: getattr(self, name) for name in names()})

    @property
    def last_error(self) -> Exception | None:
        """The newest error of a `%nsi` line, with its traceback."""
        return self.door.last_error

    @traitlets.validate(*HELP)
    def _valid(self, proposal: Any) -> Any:
        if proposal.value is None:
            return None
        try:
            return checked(proposal.trait.name, proposal.value)
        except NsiError as error:
            raise traitlets.TraitError(str(error)) from None

    @needs_local_scope
    @no_var_expand
    @line_cell_magic
    @documented
    def nsi(self, line: str = "", cell: str | None = None, local_ns: dict[str, Any] | None = None) -> Any:  # noqa: D102
        return self.door(lambda: self._do(line, cell, local_ns or {}), line)

    def _do(self, line: str, body: str | None, local_ns: dict[str, Any]) -> Any:
        line, quiet = line.rstrip(), False
        if line.endswith(";"):
            line, quiet = line[:-1], True
        name, line = split_assignment(line)
        words = split(line)
        if words == ["--last-error"]:
            sys.stdout.write(self.door.traceback() + "\n")
            return None
        if name is not None and not words:
            raise OptionError(f"nothing stands behind {name} <<", f"%nsi {name} << VERB ...")
        check_order(name, words)
        shell = cast("InteractiveShell", self.shell)
        call = parse(words, "%nsi", body)
        if isinstance(call, Help):
            sys.stdout.write(call.text)
            return None
        with plainly("NsiWarning: "):
            value = run(call, ChainMap(local_ns, shell.user_ns), self.settings)
        if isinstance(value, Drawn):
            self._newest = value, call.verb
        if name is not None:
            shell.user_ns[name] = value
            return None
        return None if quiet else value

    def html(self, result: Drawn) -> str:
        """Give what a cell shows of a result: that of the newest line in the words of its verb, others in those of Python."""
        if self._newest is None or self._newest[0] is not result:
            return result.to_html()
        verb = self._newest[1]
        return result.to_html(lambda text: spoken(text, verb))


def split_assignment(line: str) -> tuple[str | None, str]:
    """Take `name <<` off the front of a line.

    >>> split_assignment("r << measure mask")
    ('r', ' measure mask')

    Raises
    ------
    OptionError
        If what stands before `<<` cannot be the name of a variable.
    """
    found = ASSIGNED.match(line)
    if found is None:
        return None, line
    name = found["name"]
    if not name.isidentifier() or keyword.iskeyword(name):
        raise OptionError(f"{name!r} cannot be the name of a variable", "%nsi result << VERB ...")
    return name, found["rest"]


def check_order(name: str | None, words: Sequence[str]) -> None:
    """Refuse a line whose `<<` does not stand between the name of the result and the verb, or that has `=` instead.

    Parameters
    ----------
    name : str or None
        What stood before the first `<<`, if it was behind the first word.
    words : sequence of str
        The rest of the line.

    Raises
    ------
    OptionError
        If so.

    Examples
    --------
    >>> check_order(None, ["measure", "mask", "<<", "r"])
    Traceback (most recent call last):
    ...
    nsi_notebook.errors.OptionError: first comes the name of the result, then <<, then the verb; there was: measure mask << r
    hint: %nsi result << measure ...
    """
    astray = any(word.startswith("<<") or word.endswith("<<") for word in words) or (name is None and words[1:2] == ["="])
    # as `measure << r mask`; a verb that is mistyped has a better hint
    turned = name in VERBS and words[0] not in VERBS and not get_close_matches(words[0], VERBS, n=1, cutoff=0.7)
    if astray or (turned and not words[0].startswith("-")):
        line = [*([name, "<<"] if name is not None else []), *words]
        verb = next((word for word in line if word in VERBS), "VERB")
        raise OptionError(
            f"first comes the name of the result, then <<, then the verb; there was: {' '.join(line)}",
            f"%nsi result << {verb} ...",
        )
