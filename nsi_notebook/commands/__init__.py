"""The verbs: one typed function a file, one table, from which `%nsi` and the `nsi` command line are generated.

Nothing heavy is imported here; each verb imports what it needs when it runs.
"""

from __future__ import annotations

from .calling import run
from .parsing import Call, Help, help_text, parse, split
from .table import VERBS, Verb, find_verb

__all__ = ["VERBS", "Call", "Help", "Verb", "find_verb", "help_text", "parse", "run", "split"]
