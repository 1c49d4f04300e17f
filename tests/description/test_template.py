"""Variables: where they may stand, how values are bound, and what is said when they cannot be."""

from fractions import Fraction
from pathlib import Path

import pytest

from pythiags.description import Binding, CapsBinding, Description
from pythiags.errors import SyntaxProblem, TemplateError


def test_a_value_is_bound_not_pasted():
    value = "a.mp4 ! filesink location=/x videotestsrc"
    description = Description("filesrc location={path} ! fakesink", path=value)
    assert description.launch_text.split() == (
        ["filesrc", "name=filesrc0", "!", "fakesink", "name=fakesink0"]
    )
    (binding,) = description.bindings
    assert isinstance(binding, Binding)
    assert binding[:3] == ("filesrc0", "location", value)
    assert (str(binding.position), binding.variables) == ("1:18", ("path",))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("out_{i}.mp4", "out_7.mp4"),
        ('"out {i} {i}"', "out 7 7"),
        ("{i}", 7),
        ('"{i}"', 7),
        ("{{{i}}}", "{7}"),
        ("{{i}}{i}", "{i}7"),
        ("\\{i\\}{i}", "{i}7"),
        ("{not-one}{i}", "{not-one}7"),
    ],
)
def test_parts_of_a_value(text, value):
    (binding,) = Description(f"a name=x p={text}", i=7).bindings
    assert (binding.element, binding.property, binding.value) == ("x", "p", value)


@pytest.mark.parametrize(
    ("given", "text"),
    [(True, "true"), (0.5, "0.5"), (Fraction(30, 1), "30/1"), (Path("/a b"), "/a b"), ("é", "é")],
)
def test_values_inside_a_text_are_written_as_gstreamer_writes_them(given, text):
    (binding,) = Description("a p=<{v}>", v=given).bindings
    assert binding.value == f"<{text}>"


def test_braces_are_halved_where_nothing_is_bound():
    description = Description('a p={{x}} q="{ x }" ! video/x-raw,format={{RGB}} ! b')
    text = 'a name=a0 p={x} q="{ x }" ! video/x-raw,format={RGB} ! b name=b0'
    assert " ".join(description.launch_text.split()) == text


def test_nameless_siblings_are_named_along_so_that_no_names_clash():
    text = "queue name=queue1 queue queue max-size-time={t} queue"
    description = Description(text, t=1)
    assert description.bindings[0].element == "queue2"
    names = [word for word in description.launch_text.split() if word != "queue"]
    assert names == ["name=queue1", "name=queue0", "name=queue2", "name=queue3"]


def test_caps_of_a_link_become_a_capsfilter():
    text = "a .src ! video/x-raw(memory:NVMM),width={w},format={RGB,BGR},height=(int){h} ! .sink b"
    description = Description(text, w=640, h="480")
    built = " ".join(description.launch_text.split())
    assert built == "a name=a0 .src ! capsfilter name=capsfilter-0 ! .sink b name=b0"
    (binding,) = description.bindings
    assert isinstance(binding, CapsBinding)
    (structure,) = binding.structures
    assert structure.text == "video/x-raw(memory:NVMM),format={RGB,BGR}"
    assert [(f.name, f.type, f.value, f.alone) for f in structure.fields] == [
        ("width", None, 640, True),
        ("height", "int", "480", True),
    ]
    assert [str(field.position) for field in structure.fields] == ["1:41", "1:74"]


def test_several_structures_and_partial_fields_of_a_caps_property():
    text = 'a caps="video/x-raw,framerate={n}/1;image/jpeg,width=[1,{w}]"'
    (binding,) = Description(text, n=30, w=64).bindings
    first, second = binding.structures
    assert (first.text, first.fields[0].value, first.fields[0].alone) == (
        "video/x-raw",
        "30/1",
        False,
    )
    assert (second.text, second.fields[0].value) == ("image/jpeg", "[1,64]")


@pytest.mark.parametrize(
    ("format_", "given", "expected"),
    [
        ("{RGB}", {}, []),
        ("{RGB,BGR}", {}, []),
        ("{rgb}", {}, ["missing-variable"]),
        ("{RGB}", {"RGB": "BGR"}, []),
    ],
)
def test_a_list_of_one_word_in_caps(format_, given, expected):
    description = Description(f"a ! video/x-raw,format={format_} ! b", **given)
    assert [problem.code for problem in description.problems()] == expected
    if not expected:
        assert ("capsfilter" in description.launch_text) == bool(given)


def test_every_problem_of_variables_is_told_at_once():
    text = "a location={inptu} p={x} ! {z} ! b name={n}"
    description = Description(text, input="v", n="q", extra=1, x=None)
    found = {problem.code: problem for problem in description.problems()}
    assert [str(p.position) for p in description.problems() if p.position] == [
        "1:12", "1:22", "1:28", "1:41",
    ]  # fmt: skip
    assert found["missing-variable"].hint == "did you mean 'input'?"
    assert "is None" in found["bad-value"].message
    with pytest.raises(TemplateError, match=r"no variable \{extra\}"):
        description.launch_text  # noqa: B018


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("a p={batch-size}", "write {batch_size} instead of {batch-size}"),
        ("a p={batchsize}", "did you mean 'batchsize'?"),
        ("a", "write {batch_size} as the value of a property"),
    ],
)
def test_an_unused_variable_gets_a_hint(text, hint):
    problems = Description(text, batch_size=1).problems()
    assert [p.hint for p in problems if p.code == "unused-variable"] == [hint]


@pytest.mark.parametrize("value", ["a\0b", "\ud800", b"x", None])
def test_values_that_gstreamer_cannot_hold(value):
    (problem,) = Description("a p={v}", v=value).problems()
    assert (problem.code, str(problem.position)) == ("bad-value", "1:5")


def test_an_earlier_assignment_gives_way_to_a_later_one():
    description = Description("a name=x p={v} p=2", v=1)
    assert description.bindings == ()
    assert description.launch_text.split() == ["a", "name=x", "p=2"]


def test_properties_are_spelled_as_glib_spells_them():
    text = "a num_buffers=1 my_child::x_pos=2 name=a_b"
    assert Description(text).launch_text == "a num-buffers=1 my_child::x-pos=2 name=a_b"


def test_files(tmp_path):
    path = tmp_path / "demo.gstp"
    path.write_text("\ufeff# a demo\na p={origin}\n", encoding="utf-8")
    description = Description.from_file(path, origin="v")
    assert description.bindings[0].value == "v"
    assert description.variable_names == ("origin",)
    with pytest.raises(ValueError, match=r"did you mean 'demo\.gstp'") as caught:
        Description.from_file(tmp_path / "dmeo.gstp")
    assert caught.value.exit_code == 2
    path.write_bytes(b"a \xff")
    with pytest.raises(ValueError, match="byte 2 is not UTF-8"):
        Description.from_file(path)


def test_the_error_has_the_class_of_the_first_problem():
    with pytest.raises(SyntaxProblem, match="there is nothing after") as caught:
        Description("a !").launch_text  # noqa: B018
    assert (caught.value.exit_code, caught.value.where) == (2, "<description>:1:3")


def test_doubled_braces_use_no_variable():
    with pytest.raises(TemplateError, match=r"no variable \{x\}"):
        _ = Description("a p={{x}} ! b", x=1).launch_text
    assert Description("a p={{{x}}} ! b", x=1).bindings[0].value == "{1}", "the control"


@pytest.mark.parametrize("given", [{}, {"x": "a"}])
def test_a_preset_cannot_be_a_variable(given):
    with pytest.raises(TemplateError, match="is not allowed here"):
        _ = Description("a @preset={x} ! b", **given).launch_text


def test_a_value_is_not_given_to_another_element_of_the_same_name():
    text = "a ! bin.( b name=n p={x} ) a ! bin.( b name={} p=1 )".replace("{}", "%s")
    found = Description(text % "n", x=1).problems()
    assert [problem.code for problem in found] == ["duplicate-name"]
    assert Description(text % "m", x=1).problems() == [], "the control"
