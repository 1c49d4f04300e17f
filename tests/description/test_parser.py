"""Text to graph: elements, links, places, and every problem of the syntax at once."""

import pytest

from pythiags.description import Description
from pythiags.errors import SyntaxProblem


def elements(description):
    return [element.factory for element in description.graph.elements]


def links(description):
    """The links as text: ``source.pads > sink.pads``, each by its index or reference."""

    def end(side):
        name = side.reference or f"#{side.element}"
        return ".".join([name, *(pad.name for pad in side.pads)])

    return [f"{end(link.source)} > {end(link.sink)}" for link in description.graph.links]


UNFINISHED = ["unbalanced-bin", "empty-bin"]


def codes(text, **variables):
    return [problem.code for problem in Description(text, **variables).problems()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a ! b ! c", ["#0 > #1", "#1 > #2"]),
        ("a!b", ["#0 > #1"]),
        ("a ! video/x-raw,width=[1,3] ! b", ["#0 > #1"]),
        ("a .src_0,src_1 ! .sink,x b", ["#0.src_0.src_1 > #1.sink.x"]),
        ("a ! m.sink_0 b ! m.sink_1 mux name=m ! c", ["#0 > m.sink_0", "#1 > m.sink_1", "#2 > #3"]),
        ("t.src_0 ! b a ! t. tee name=t", ["t.src_0 > #0", "#1 > t"]),
        ("a ! ( name=x b ! c ) ! d", ["#2 > #3", "#0 > #2", "#3 > #4"]),
        ("a ! ( b ! c ) d ! e", ["#2 > #3", "#0 > #2", "#4 > #5"]),
        ("a ! x.( b )", ["#0 > #2"]),
        ("file:///a ! b", ["#0 > #1"]),
        ("a : b", ["#0 > #1"]),
    ],
)
def test_links(text, expected):
    description = Description(text)
    assert not description.problems()
    assert links(description) == expected


def test_an_element_knows_its_bin_and_its_properties():
    description = Description(
        '( name=outer a num_buffers = 3 @preset=fast b.( c text="x \\"y\\"" ) )'
    )
    outer, a, b, c = description.graph.elements
    assert (outer.name, outer.is_bin, a.bin, b.factory, b.bin, c.bin) == (
        "outer",
        True,
        0,
        "b",
        0,
        2,
    )
    assert a.property("num-buffers").value.text == "3"
    assert a.presets[0].name == "fast"
    assert c.property("text").value.text == 'x "y"'


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("x", "x"),
        ('"a b"', "a b"),
        ("a\\ b", "a b"),
        ("a\\\\ b", "a\\ b"),
        ('"a"b', '"a"b'),
        ("'a b'", "'a b'"),
        ('"a \\\\ b"', "a \\ b"),
        ('"a \\"b\\" c"', 'a "b" c'),
        ('""', ""),
        ("v4l2://x?a=b", "v4l2://x?a=b"),
        ("é\\ü", "éü"),
    ],
)
def test_values_are_read_as_gstreamer_reads_them(raw, value):
    (element,) = Description(f"a text={raw} other=1").graph.elements
    assert element.property("text").value.text == value
    assert element.property("other").value.text == "1"


def test_places_are_lines_and_columns_from_one():
    description = Description("a\n\t! b num_buffers=3\r\n! video/x-raw , width=3\n ! c.sink_0\n")
    b = description.graph.elements[1]
    assert (str(b.position), b.position.length) == ("2:4", 1)
    assert str(b.properties[0].position) == "2:6"
    assert str(b.properties[0].value.position) == "2:18"
    link = description.graph.links[1]
    assert (str(link.caps.position), link.caps.value.text) == ("3:3", "video/x-raw , width=3")
    assert str(link.sink.pads[0].position) == "4:6"


def test_comments_are_whole_lines_and_leave_places_alone():
    text = '# first ! x\na\n  # ! c\n! video/x-raw,\n# no\nwidth=3 ! b text="\n# kept\n" c=#d'
    description = Description(text)
    assert not description.problems()
    assert elements(description) == ["a", "b"]
    assert description.graph.elements[1].property("text").value.text == "\n# kept\n"
    assert description.graph.elements[1].property("c").value.text == "#d"
    assert str(description.graph.elements[1].position) == "6:11"
    assert "first" not in description.launch_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["empty-pipeline"]),
        ("  # nothing", ["empty-pipeline"]),
        ("! b", ["dangling-link"]),
        ("a !", ["dangling-link"]),
        ("a ! ! b", ["missing-element"]),
        ("a ! ( )", ["empty-bin"]),
        ("a ! t. ! b", ["dangling-link"]),
        ("( a", ["unbalanced-bin"]),
        ("( a num-buffers=1)", ["unbalanced-bin"]),
        ("a ) b", ["unbalanced-bin"]),
        ("a ! b t.", ["stray-reference"]),
        ("a ! b .sink", ["stray-pad"]),
        (".sink a", ["stray-pad"]),
        ("a ! t. b=c", ["stray-property"]),
        ("a b=", ["missing-value"]),
        ("a ! video/x-raw", ["misplaced-caps"]),
        ("a ! video/x-raw b ! c", []),
        ("a ! video/x-raw(memory:NVMM)", ["unclosed-caps", "unbalanced-bin"]),
        ("a text= ! b", ["empty-value"]),
        ("a text='x y'", ["single-quotes"]),
        ("a $ b", ["unexpected-text"]),
        ("{src} ! b", ["misplaced-variable"]),
        ("! a ! ! b t. c (", ["dangling-link", "missing-element", "stray-reference", *UNFINISHED]),
    ],
)  # fmt: skip
def test_every_problem_is_told_at_once(text, expected):
    assert codes(text) == expected


def test_an_unclosed_bin_blames_the_value_that_swallowed_the_bracket():
    (problem,) = Description("( fakesrc num-buffers=1) ! b").problems()
    assert "1:23 is part of a value" in problem.hint


def test_bins_nested_too_deep_are_refused_once():
    assert codes("( " * 50 + "a" + " )" * 50) == []
    assert codes("( " * 9999) == ["unbalanced-bin"]


@pytest.mark.parametrize("character", ["\0", chr(0xD800), chr(0xDCFF)])
@pytest.mark.parametrize("text", ["fakesrc nu?m=1 ! fakesink", "fakesrc ! fakesink ?", "?"])
def test_characters_that_cannot_be_passed_on(text, character):
    description = Description(text.replace("?", character))
    with pytest.raises(SyntaxProblem) as caught:
        _ = description.launch_text
    assert description.problems()[0].code == "bad-character"
    assert "\N{REPLACEMENT CHARACTER}" in str(caught.value)
    str(caught.value).encode()


def test_in_comments_they_do_no_harm():
    assert Description(f"# {chr(0xD800)}\0\nfakesrc ! fakesink").problems() == []
