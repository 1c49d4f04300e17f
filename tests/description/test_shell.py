r"""Text that was copied from a shell: what only a shell reads becomes blanks, and places stay."""

import pytest

from pythiags.description import Description
from pythiags.description.source import Source


def graph_of(text):
    description = Description(text)
    assert description.problems() == []
    return (
        [
            (e.factory, [(p.name, p.value.text) for p in e.properties])
            for e in description.graph.elements
        ],
        [link.caps and link.caps.value.text.strip() for link in description.graph.links],
    )


PLAIN = "videotestsrc num-buffers=3 ! video/x-raw,width=64 ! fakesink"


@pytest.mark.parametrize(
    "text",
    [
        "videotestsrc num-buffers=3 \\\n ! video/x-raw,width=64 \\\n ! fakesink",
        "videotestsrc num-buffers=3 \\  \r\n! video/x-raw,width=64 ! \\\r\nfakesink \\",
        "videotestsrc num-buffers=3\\\n! video/x-raw,width=64\\\n! fakesink\\\n",
        "videotestsrc num-buffers=3 \\! video/x-raw,width=64 ! fakesink",
        "videotestsrc num-buffers=3 ! 'video/x-raw,width=64' ! fakesink",
        'videotestsrc num-buffers=3 ! "video/x-raw,width=64" ! fakesink',
        "videotestsrc num-buffers=3 !'video/x-raw,width=64'! fakesink",
        "videotestsrc num-buffers=3 ! \\\n  'video/x-raw,width=64' \\\n  ! fakesink",
        f"gst-launch-1.0 {PLAIN}",
        f"gst-launch-1.0 -v -e --no-fault --gst-debug=3 {PLAIN}",
        '"videotestsrc num-buffers=3 \\! video/x-raw,width=64 \\\n ! fakesink"',
        f"$ gst-launch-1.0 \\\n  -q \\\n {PLAIN}",
        f"# a comment\ngst-launch-1.0 -e {PLAIN}",
        f'"{PLAIN}"',
        f"  '{PLAIN}'\n",
    ],
)
def test_what_only_a_shell_reads_is_left_out(text):
    assert graph_of(text) == graph_of(PLAIN)
    source = Source(text)
    assert len(source.code) == len(text)
    assert source.code.count("\n") == text.count("\n")


def test_bins_with_escaped_parentheses():
    text = "videotestsrc ! tee name=t \\( fakesrc ! fakesink \\) t. ! fakesink"
    assert graph_of(text) == graph_of(text.replace("\\", ""))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('textoverlay text="a \\\nb"', "a \nb"),
        ("textoverlay text=a\\ b", "a b"),
        ('textoverlay text="a \\! b"', "a ! b"),
        ("textoverlay text=\\(a\\)", "(a)"),
        ('textoverlay text="gst-launch-1.0 -v"', "gst-launch-1.0 -v"),
        ("textoverlay text=\"'video/x-raw' ! \"", "'video/x-raw' ! "),
    ],
)
def test_values_keep_their_backslashes_and_quotes(text, value):
    (element,) = Description(text).graph.elements
    assert element.properties[0].value.text == value


@pytest.mark.parametrize("text", ["a \\! b", "a \\\n b", "a \\( b"])
def test_quoted_text_in_caps_stays(text):
    caps = f'application/x-rtp,a=(string)"{text}"'
    assert caps in Source(f"udpsrc ! {caps} ! fakesink").code


@pytest.mark.parametrize("value", ["$FILE", "${FILE}", "a/${FILE}.mp4", "$FILE.mp4"])
def test_variables_of_the_shell_are_doubted(value):
    found = Description(f"filesrc location={value} ! fakesink").problems()
    doubt = next(problem for problem in found if problem.code == "shell-variable")
    assert doubt.severity == "warning"
    assert "{file}" in doubt.hint


@pytest.mark.parametrize("value", ["pa$word", "5$", "$", "a$1"])
def test_other_dollars_are_not(value):
    assert Description(f"filesrc location={value} ! fakesink").problems() == []
