"""Values of variables on built pipelines: exact, and never text that is parsed again."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pythiags.description import Description
from pythiags.errors import TemplateError
from pythiags.gst import Gst
from pythiags.gst.binding import apply_bindings


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
    assert "'baal' does not fit the property 'pattern'" in message
    assert "1:22" in message
    assert "expected one of smpte, snow" in message
    assert "-5 is out of range for the property 'num-buffers'" in message
    assert "a whole number from -1 to 2147483647" in message
    assert "'perhaps' does not fit the property 'sync'" in message
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
