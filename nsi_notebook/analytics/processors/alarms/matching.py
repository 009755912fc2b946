"""Which series and which labels a rule, a silence or an inhibition means: texts in which * is any letters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

WILD = "*"


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in pattern.split(WILD)), re.DOTALL)


def fits(pattern: str, text: str) -> bool:
    """Tell whether a text is as a pattern says.

    Examples
    --------
    >>> fits("camera.*", "camera.area"), fits("camera.*", "oven.heat")
    (True, False)
    """
    return pattern == text or (WILD in pattern and _compiled(pattern).fullmatch(text) is not None)


def all_fit(patterns: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Tell whether each label is there, and as its pattern says.

    Examples
    --------
    >>> all_fit({"line": "3*"}, {"line": "31", "part": "door"}), all_fit({"line": "*"}, {})
    (True, False)
    """
    return all(name in labels and fits(pattern, labels[name]) for name, pattern in patterns.items())
