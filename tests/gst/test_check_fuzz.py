"""Text of any kind: no exception, nothing printed, a place for every problem, and soon done."""

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pythiags.description import Description
from pythiags.errors import DescriptionError
from pythiags.gst.check import check
from pythiags.printable import printable

FILES = sorted((Path(__file__).parents[1] / "corpus").rglob("*.gstp"))
CORPUS = [path.read_text() for path in FILES]
WORDS = (Path(__file__).parents[1] / "corpus" / "words.txt").read_text().split()

soups = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from([" ", " ", "", "\n"]))).map(
    lambda pairs: "".join(word + blank for word, blank in pairs)
)


@st.composite
def mutants(draw):
    """A description of the corpus with some of it cut out, put in, or from another one."""
    text = draw(st.sampled_from(CORPUS))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 6)))
        text = text[:start] + draw(st.sampled_from(WORDS) | st.text(max_size=3)) + text[end:]
    return text


relaxed = settings(
    max_examples=400,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@relaxed
@given(text=soups | mutants() | st.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_place(text, capfd):
    before = time.process_time()
    description = Description(text, a="value")
    problems = check(description)
    shown = description.render(problems)
    assert printable(shown) == shown
    assert time.process_time() - before < 1.0
    for problem in problems:
        assert printable(problem.message) in shown or "://" in text
        if problem.position is None:
            assert problem.code == "unused-variable"
        else:
            start = description.source.offset(problem.position)
            assert 0 <= start <= len(text)
            assert problem.position.line <= len(description.source.lines)
    if any(problem.severity == "error" for problem in description.problems()):
        with pytest.raises(DescriptionError):
            description.launch_text  # noqa: B018
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    "piece", ["! ", "( ", "a=b ", '"', "x/y ", ": x/y ", "\\", "{a}", "a.b,", ";a/b"]
)
def test_long_texts_are_soon_read(piece):
    before = time.process_time()
    check(Description("queue " + piece * 2000))
    assert time.process_time() - before < 2.0
