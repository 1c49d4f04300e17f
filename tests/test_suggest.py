import pytest

from pythiags.checks import check_choice
from pythiags.errors import ConfigError
from pythiags.suggest import as_option, did_you_mean, hint_for, meant

KNOWN = ["videoconvert", "videotestsrc", "x264enc", "num-buffers"]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("vidoconvert", "videoconvert"),
        ("x264", "x264enc"),
        ("NUM_BUFFERS", "num-buffers"),
        ("nothing-like-it", None),
        ("", None),
    ],
)
def test_the_closest_word(word, meant):
    assert did_you_mean(word, KNOWN) == meant


def test_hints():
    assert hint_for("x264en", KNOWN) == "did you mean 'x264enc'?"
    assert hint_for("zzz", ["b", "a"]) == "choose from a, b"
    assert hint_for("zzz", ["a"]) == "use a"
    assert hint_for("zzz", map(str, range(10))).endswith("6, 7 and 2 more")
    assert hint_for("zzz", []) == ""


def test_what_lists_the_known_words_needs_only_the_closest():
    assert meant("x264en", KNOWN) == "did you mean 'x264enc'?"
    assert meant("zzz", ["b", "a"]) is None


def test_an_argument_is_spelled_for_programs_and_for_the_commands():
    assert as_option("on_full", "drop-oldest") == "on_full='drop-oldest' (--on-full=drop-oldest)"
    assert as_option("workers", 1) == "workers=1 (--workers=1)"


@pytest.mark.parametrize("word", ["lop", "loo", "Loop", "oop"])
def test_a_short_word_that_is_refused_has_a_close_one_too(word):
    with pytest.raises(ConfigError, match="did you mean 'loop'"):
        check_choice("no", word, ("stop", "loop"))


@pytest.mark.parametrize("value", ["lop" * 10_000, 3, None, ["loop"]])
def test_what_is_like_no_word_has_none(value):
    with pytest.raises(ConfigError) as caught:
        check_choice("no", value, ("stop", "loop"))
    assert caught.value.hint is None
