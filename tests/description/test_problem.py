"""How problems are shown."""

import os

import pytest

from pythiags.description import Description, Position, Problem, Source, render
from pythiags.description.problem import error_from

SOURCE = Source("videotestsrc\n\t! vidoconvert ! 日本 x=1", "demo.gstp")
MEANT = "did you mean 'videoconvert'?"
UNKNOWN = Problem("unknown-element", "no 'vidoconvert'", Position(2, 4, 11), MEANT)


def test_a_block_shows_line_and_caret():
    assert render([UNKNOWN], SOURCE) == (
        "error[unknown-element]: no 'vidoconvert'\n"
        " --> demo.gstp:2:4\n"
        "  |\n"
        "2 | \t! vidoconvert ! 日本 x=1\n"
        "  | \t  ^^^^^^^^^^^ did you mean 'videoconvert'?"
    )


def test_wide_characters_keep_the_caret_below_its_text():
    text = render([Problem("x", "m", Position(2, 21, 1), severity="warning")], SOURCE)
    caret = text.split("\n")[4]
    assert caret == "  | \t" + " " * (2 + 11 + 3 + 4 + 1) + "^"


def test_control_characters_are_escaped_and_the_caret_stays_in_place():
    source = Source("a\x1b[2J\x07 b\u202ec\x1b x", "demo\x1b.gstp")
    problem = Problem("x", "m\x1b", Position(1, 8, 3), "h\r")
    assert render([problem], source) == (
        "error[x]: m\\x1b\n"
        " --> demo\\x1b.gstp:1:8\n"
        "  |\n"
        "1 | a\\x1b[2J\\x07 b\\u202ec\\x1b x\n"
        "  |              ^^^^^^^^ h\\r"
    )
    nowhere = Problem("x", "m\x1b", None, "h\r")
    shown = render([nowhere, problem], source) + str(nowhere) + str(error_from([nowhere], source))
    assert shown.replace("\n", "").isprintable()


def test_a_secret_with_control_characters_is_masked_to_its_end():
    source = Source("rtspsrc user-pw=hunt\x0ber2 x", "demo.gstp")
    assert "er2" not in render([Problem("x", "m", Position(1, 1, 7))], source)


def test_order_is_the_text_s_and_the_last_line_counts():
    nowhere = Problem("unused-variable", "no {x}", None, "remove it", "warning")
    text = render([nowhere, UNKNOWN, UNKNOWN], SOURCE)
    assert text.index("unknown-element") < text.index("unused-variable")
    assert text.endswith("demo.gstp: 2 errors and 1 warning")
    assert "= remove it" in text


def test_nothing_wrong_is_nothing_shown():
    assert render([], SOURCE) == ""


def test_colour_only_on_request():
    assert "\x1b[" not in render([UNKNOWN], SOURCE)
    assert "\x1b[1;31merror" in render([UNKNOWN], SOURCE, color=True)


def test_passwords_are_masked_in_every_rendering():
    description = Description("rtspsrc location=rtsp://me:hunter2@host ! ! b user-pw=tell")
    problems = description.problems()
    error = error_from(problems, description.source)
    for shown in (description.render(problems), str(error), repr(description)):
        assert "hunter2" not in shown
        assert "tell" not in shown


def test_warnings_alone_are_no_error():
    assert error_from([Problem("x", "m", severity="warning")], SOURCE) is None


def test_an_error_is_the_first_problem_and_shows_them_all():
    error = error_from([UNKNOWN, Problem("y", "other", Position(1, 1, 1))], SOURCE)
    assert (error.message, error.where, error.hint) == ("no 'vidoconvert'", "demo.gstp:2:4", MEANT)
    assert str(error) == render([UNKNOWN, Problem("y", "other", Position(1, 1, 1))], SOURCE)


def test_of_a_long_line_the_part_around_the_place_is_shown():
    source = Source("a" * 300 + "here" + "b" * 300)
    lines = render([Problem("x", "m", Position(1, 301, 4))], source).split("\n")
    shown, caret = lines[3], lines[4]
    assert len(shown) < 110
    assert shown.index("here") == caret.index("^^^^")
    assert shown.startswith("1 | …a")
    assert shown.endswith("b…")


@pytest.mark.parametrize("columns", [40, 60, 100])
@pytest.mark.parametrize("place", range(0, 200, 23))
def test_no_line_of_the_text_is_wider_than_the_terminal(monkeypatch, columns, place):
    size = os.terminal_size((columns, 24))
    monkeypatch.setattr(os, "get_terminal_size", lambda descriptor: size)
    source = Source("".join(chr(97 + number % 26) for number in range(230)))
    shown = render([Problem("x", "wrong", source.position(place, place + 5), "a hint")], source)
    text, carets = shown.splitlines()[3:5]
    assert max(len(text), len(carets)) <= columns
    at = carets.index("^")
    assert text[at : at + 5] == source.text[place : place + 5]
