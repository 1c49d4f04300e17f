"""Values of variables on built pipelines: exact, and never text that is parsed again."""

import enum
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pythiags.description import Description
from pythiags.errors import TemplateError
from pythiags.gst import Gst
from pythiags.gst.binding import apply_bindings
from pythiags.gst.check import check


def build(text, **variables):
    description = Description(text, **variables)
    root = Gst.parse_launch(description.launch_text)
    apply_bindings(root, description)
    return root


def children(root):
    return sorted(child.get_factory().get_name() for child in root.children)


INJECTION = "a.mp4 ! filesink location=/x videotestsrc"


def test_a_value_that_looks_like_a_pipeline_stays_a_value():
    root = build("filesrc location={path} ! fakesink", path=INJECTION)
    assert children(root) == ["fakesink", "filesrc"]
    assert root.get_by_name("filesrc0").get_property("location") == INJECTION


def test_pasting_the_same_value_would_build_another_element():
    root = Gst.parse_launch(f"filesrc location={INJECTION} ! fakesink")
    assert "filesink" in children(root)


# A value of a property: any text without NUL. ASCII punctuation is what breaks quoting.
VALUES = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=40)
NASTY = st.text(st.sampled_from(" !\"'\\{}()=,;:#.\n\tab1$"), max_size=20)


@settings(max_examples=3000, deadline=None, database=None)
@given(value=VALUES | NASTY)
def test_no_value_changes_and_none_becomes_structure(value):
    root = build("textoverlay name=t text={v} ! fakesink name=f", v=value)
    assert children(root) == ["fakesink", "textoverlay"]
    assert root.get_by_name("t").get_property("text") == value


@settings(max_examples=300, deadline=None, database=None)
@given(value=VALUES | NASTY)
def test_no_value_of_caps_changes_or_adds_a_field(value):
    root = build("fakesrc ! video/x-raw,format=(string){v} ! fakesink", v=value)
    caps = root.get_by_name("capsfilter-0").get_property("caps")
    structure = caps.get_structure(0)
    assert (caps.get_size(), structure.n_fields()) == (1, 1)
    assert structure.get_string("format") == value


@pytest.mark.parametrize(
    ("factory", "name", "value", "expected"),
    [
        ("fakesrc", "num-buffers", "7", 7),
        ("fakesrc", "num_buffers", 7, 7),
        ("fakesrc", "is-live", True, True),
        ("fakesrc", "is-live", "yes", True),
        ("identity", "drop-probability", 0.5, 0.5),
        ("textoverlay", "text", 7, "7"),
        ("textoverlay", "text", '"quoted"', '"quoted"'),
    ],
)
def test_values_of_every_type(factory, name, value, expected):
    element = build(f"{factory} {name}={{v}}", v=value)
    assert element.get_property(name.replace("_", "-")) == expected


def test_words_of_an_enumeration_and_children():
    assert build("videotestsrc pattern={v}", v="ball").get_property("pattern").value_nick == "ball"
    root = build("compositor name=c sink_0::xpos={x} ! fakesink videotestsrc ! c.sink_0", x=17)
    assert root.get_by_name("c").get_static_pad("sink_0").get_property("xpos") == 17
    bin_ = build("playbin video-sink={sink}", sink="fakesink")
    assert bin_.get_property("video-sink").get_factory().get_name() == "fakesink"


@pytest.mark.parametrize(
    ("caps", "variables", "expected"),
    [
        ("video/x-raw,width={w}", {"w": 640}, "width=(int)640"),
        ("video/x-raw,width=(int){w}", {"w": "640"}, "width=(int)640"),
        ("video/x-raw,framerate={f}", {"f": 30}, "framerate=(fraction)30/1"),
        ("video/x-raw,framerate={f}", {"f": Fraction(1, 3)}, "framerate=(fraction)1/3"),
        ("video/x-raw,framerate={f}/1", {"f": 30}, "framerate=(fraction)30/1"),
        ("video/x-raw,width=[1,{w}]", {"w": 64}, "width=(int)[ 1, 64 ]"),
        ("video/x-raw,format={f}", {"f": "RGB"}, "format=(string)RGB"),
        ("video/x-raw,format={ {f}, BGR }", {"f": "RGB"}, "format=(string){ RGB, BGR }"),
        ("video/x-raw(memory:NVMM),format={RGB,BGR},width={w}", {"w": 1}, "(memory:NVMM)"),
        ("video/x-raw,width={w};image/jpeg,width={w}", {"w": 5}, "; image/jpeg, width=(int)5"),
    ],
)  # fmt: skip
def test_caps(caps, variables, expected):
    link = build(f"fakesrc ! {caps} ! fakesink", **variables).get_by_name("capsfilter-0")
    as_property = build(f'capsfilter caps="{caps}"', **variables)
    whole = build("capsfilter caps={c}", c=link.get_property("caps").to_string())
    for element in (link, as_property, whole):
        assert expected in element.get_property("caps").to_string()


def test_what_does_not_fit_is_told_all_at_once(capfd):
    text = (
        "videotestsrc pattern={p} num-buffers={n} ! fakesink sync={s} nosuch={x} last-message={x}"
    )
    with pytest.raises(TemplateError) as caught:
        build(text, p="baal", n=-5, s="perhaps", x=1)
    message = str(caught.value)
    assert "'baal' is not valid for the property 'pattern'" in message
    assert "1:22" in message
    assert "expected one of smpte, snow" in message
    assert "-5 is out of range for the property 'num-buffers'" in message
    assert "an integer from -1 to 2147483647" in message
    assert "'perhaps' is not valid for the property 'sync'" in message
    assert "expected true or false" in message
    assert "'fakesink' has no property 'nosuch'" in message
    assert "'last-message' can only be read" in message
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("width=(int){v}", "abc"),
        ("width=(int){v}", "3, height=4"),
        ("width=[1,{v}]", "2],height=[1,3"),
    ],
)
def test_caps_that_no_value_can_make(field, value):
    with pytest.raises(TemplateError, match=r"1:\d+"):
        build(f"fakesrc ! video/x-raw,{field} ! fakesink", v=value)


class Word(str, enum.Enum):
    BALL = "ball"


class Number(enum.IntEnum):
    FOUR = 4


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("queue max-size-buffers={v}", np.int64(5), 5),
        ("queue max-size-buffers={v}", np.float32(5), 5),
        ("queue max-size-buffers={v}", Decimal(5), 5),
        ("queue max-size-buffers={v}", Fraction(5), 5),
        ("queue max-size-buffers={v}", 2**32 - 1, 2**32 - 1),
        ("queue max-size-buffers={v}", "0x10", 16),
        ("queue max-size-buffers={v}", "010", 8),
        ("queue max-size-buffers={v}", Number.FOUR, 4),
        ("queue max-size-time={v}", 2**64 - 1, 2**64 - 1),
        ("fakesrc num-buffers={v}", -1, -1),
        ("queue silent={v}", np.bool_(True), True),
        ("queue silent={v}", 1, True),
        ("queue silent={v}", 0.0, False),
        ("videorate rate={v}", np.float32(0.5), 0.5),
        ("videorate rate={v}", Fraction(1, 2), 0.5),
        ("videorate rate={v}", Decimal("0.5"), 0.5),
        ("textoverlay text={v}", np.str_("a"), "a"),
        ("textoverlay text={v}", Word.BALL, "ball"),
        ("textoverlay text={v}", Path("a"), "a"),
        ("textoverlay text=a{v}b", np.int64(5), "a5b"),
        ("textoverlay text=a{v}b", Number.FOUR, "a4b"),
    ],
)
def test_values_of_python_and_numpy_mean_what_they_say(text, value, expected):
    assert all(p.severity == "warning" for p in check(Description(text, v=value)))
    element = build(text, v=value)
    name = text.split()[1].partition("=")[0]
    assert element.get_property(name) == expected


@pytest.mark.parametrize(
    ("text", "value", "hint"),
    [
        *(
            ("queue max-size-buffers={v}", value, "from 0 to 4294967295")
            for value in (2**32, -1, "4294967296", "-1", "-5", 0.5, np.float32(0.5), 2**64, True)
        ),
        *(
            ("queue max-size-buffers={v}", value, "an integer")
            for value in (Decimal("NaN"), float("inf"), float("nan"), [5], {}, object(), "5.5")
        ),
        *(
            ("queue silent={v}", value, "true or false")
            for value in ([0], [], {}, (), 2, -1, 0.5, "maybe", Decimal("NaN"), np.array([1, 2]))
        ),
        *(
            ("videorate rate={v}", value, "a number from")
            for value in (Decimal("NaN"), float("nan"), float("inf"), -1, [1.0], "x")
        ),
        *(("videotestsrc pattern={v}", value, "one of") for value in ([18], -1, 99, object())),
        *(("filesrc location={v}", value, "gchararray") for value in ([0], {}, object())),
        ("capsfilter caps=video/x-raw,framerate={v}", Fraction(2**40, 3), "to 2147483647"),
        ("capsfilter caps=video/x-raw,framerate={v}", "1/99999999999", "to 2147483647"),
        ("capsfilter caps=video/x-raw,framerate={v}", "30/0", "a fraction such as 30/1"),
        ("capsfilter caps=video/x-raw,width={v}", 2**31, "to 2147483647"),
        ("capsfilter caps=video/x-raw,width={v}", "4294967296", "to 2147483647"),
        ("capsfilter caps=video/x-raw,width=(uint){v}", -1, "from 0 to"),
        ("capsfilter caps=video/x-raw,width={v}", float("nan"), "a number"),
        ("capsfilter caps=video/x-raw,width={v}", [64], "a string, a number"),
        ("textoverlay text=a{v}", [0], "a string, a number"),
        ("textoverlay text=a{v}", np.array([1, 2]), "a string, a number"),
    ],
)
def test_values_that_would_become_others_are_refused(text, value, hint, capfd):
    """Before anything is built, and with what would fit."""
    (problem,) = [p for p in check(Description(text, v=value)) if p.severity == "error"]
    assert (problem.code, hint in problem.hint) == ("bad-value", True)
    with pytest.raises(TemplateError):
        build(text, v=value)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("value", ["4294967296", "-5", "99999999999999999999"])
def test_numbers_in_the_text_that_would_become_others_are_refused(value):
    (problem,) = [
        p
        for p in check(Description(f"fakesrc ! queue max-size-buffers={value} ! fakesink"))
        if p.severity == "error"
    ]
    assert problem.code == "bad-value"
    assert "from 0 to 4294967295" in problem.hint


def test_minus_one_in_the_text_is_the_largest_number():
    text = "fakesrc ! queue max-size-buffers=-1 ! fakesink"
    assert check(Description(text)) == []
    assert build(text).get_by_name("queue0").get_property("max-size-buffers") == 2**32 - 1
