"""The words of a shell, put together again."""

import pytest

from pythiags.description import Description


@pytest.mark.parametrize(
    "words",
    [
        ["a ! b text=hello\\ world ! video/x-raw, width=3 ! c"],
        ["a", "!", "b", "text=hello world", "!", "video/x-raw, width=3", "!", "c"],
        ["a ! b", "text=hello world", "! video/x-raw, width=3 ! c"],
        ["a", "!", "b", 'text="hello world"', "!", "video/x-raw,", "width=3", "!", "c"],
    ],
)
def test_words_and_text_mean_the_same(words):
    description = Description.from_words(words)
    assert not description.problems()
    assert [element.factory for element in description.graph.elements] == ["a", "b", "c"]
    assert description.graph.elements[1].property("text").value.text == "hello world"
    assert description.graph.links[1].caps.value.text == "video/x-raw, width=3"


VALUES = [
    "",
    "x",
    "two words",
    'say "hi there"',
    "tab\there",
    "line\nbreak",
    'all "of\nit"',
    "a=b c",
    "ü é",
    "! x",
]


@pytest.mark.parametrize("value", VALUES)
def test_a_value_survives(value):
    description = Description.from_words(["a", f"text={value}", "!", "b"])
    assert not description.problems()
    assert len(description.graph.links) == 1
    assert description.graph.elements[0].property("text").value.text == value


def test_underscores_and_variables_from_words():
    description = Description.from_words(["a", "num_buffers=100", "p={x}"], x="1 2")
    assert description.origin == "<words>"
    assert description.launch_text.split() == ["a", "name=a0", "num-buffers=100"]
    assert description.bindings[0].value == "1 2"
