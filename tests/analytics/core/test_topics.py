"""Patterns of topics against all the ways to fill them in."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsi_notebook.analytics.core.topics import matches, pattern, topic
from nsi_notebook.errors import OptionError

WORDS = st.sampled_from(["a", "b", "c-1"])


@settings(deadline=None, max_examples=400)
@given(st.lists(WORDS | st.sampled_from(["*", "**"]), min_size=1, max_size=5), st.lists(WORDS, min_size=1, max_size=5))
def test_a_pattern_is_a_regular_expression_of_words(words, topic_words):
    # each word carries the dot behind it, so that ** may stand for no words
    form = {"*": r"[^.]+\.", "**": r"([^.]+\.)*"}
    wanted = re.fullmatch("".join(form.get(w, re.escape(w) + r"\.") for w in words), ".".join(topic_words) + ".")
    assert matches(".".join(words), ".".join(topic_words)) == bool(wanted)


@pytest.mark.parametrize("given", ["", "a.", ".a", "a b", "a.*", 3, None, "a..b"])
def test_what_is_no_topic_is_refused(given):
    with pytest.raises(OptionError, match="is no topic"):
        topic(given)


@pytest.mark.parametrize("given", ["", "a.", "a*", "***", 3, "a.b*.c"])
def test_what_is_no_pattern_is_refused(given):
    with pytest.raises(OptionError, match="is no pattern of topics"):
        pattern(given)


def test_what_is_one_is_given_back():
    assert topic("camera.line-3") == "camera.line-3"
    assert pattern("camera.**.x") == "camera.**.x"
