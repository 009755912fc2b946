"""`%nsi` and `%%nsi`: the verbs in a notebook.

    %load_ext nsi_notebook
    %nsi mask << void gravel --method otsu
    %nsi measure mask void_fraction chords --ci 0.95

Loading twice replaces; unloading leaves nothing behind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["load_ipython_extension", "unload_ipython_extension"]


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register `%nsi`, `%%nsi` and their completion in a shell: `%load_ext nsi_notebook`."""
    from ..analytics.core.drawn import Drawn
    from ..commands.settings import read_settings
    from ..errors import NsiError
    from .completion import install
    from .door import shorten
    from .magic import NsiMagics

    try:
        settings = read_settings()
    except NsiError as error:
        raise shorten(error) from None
    unload_ipython_extension(shell)
    magics = NsiMagics(shell, settings)
    shell.register_magics(magics)
    install(shell, magics)
    if shell.display_formatter is not None:
        shell.display_formatter.formatters["text/html"].for_type(Drawn, magics.html)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take `%nsi`, `%%nsi` and their completion out again: `%unload_ext nsi_notebook`."""
    from ..analytics.core.drawn import Drawn
    from .completion import remove

    remove(shell)
    if shell.display_formatter is not None:
        shell.display_formatter.formatters["text/html"].pop(Drawn, None)
    shell.configurables[:] = [c for c in shell.configurables if type(c).__name__ != "NsiMagics"]
    manager = shell.magics_manager
    manager.registry.pop("NsiMagics", None)
    for kind in ("line", "cell"):
        manager.magics[kind].pop("nsi", None)
