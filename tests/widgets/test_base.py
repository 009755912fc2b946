from __future__ import annotations

import pytest

from nsi_notebook.errors import BrowserError, FileError, OptionError
from nsi_notebook.widgets.base import Widget, bundle, refuse_unknown


def test_browser_errors_are_kept_with_their_stack_and_raised_once():
    widget = Widget()
    widget._on_message(widget, {"kind": "error", "message": "TypeError: x", "stack": "at f (a.js:1)", "where": "drawing"}, [])
    widget._on_message(widget, {"kind": "error", "message": "RangeError: y"}, [])
    first, second = widget.errors
    assert "TypeError: x" in first.message
    assert "drawing" in first.message
    assert "a.js:1" in "".join(first.__notes__)
    with pytest.raises(BrowserError, match="RangeError: y") as caught:
        widget.raise_errors()
    assert caught.value is second
    assert any("TypeError: x" in note for note in caught.value.__notes__)
    assert widget.errors == []
    widget.raise_errors()


def test_the_list_of_errors_is_a_copy():
    widget = Widget()
    widget.errors.append(BrowserError("not ours"))
    assert widget.errors == []


@pytest.mark.parametrize("content", [{"kind": "sing"}, {}, "move", None, 3])
def test_an_unknown_message_is_shown_in_the_widget(content):
    widget = Widget()
    widget._on_message(widget, content, [])
    assert "browser half sent" in widget._problem
    assert widget.errors == []


def test_a_missing_bundle_names_the_line_that_builds_it():
    with pytest.raises(FileError, match="npm run build"):
        bundle("no_such_widget")


def test_unknown_options_are_refused_together():
    refuse_unknown(Widget, {}, ["image"])
    with pytest.raises(OptionError, match="fase, colour"):
        refuse_unknown(Widget, {"fase": 1, "colour": 2}, ["image", "phase"])
