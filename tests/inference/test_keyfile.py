"""Key files, compared with GLib's own reader, which is DeepStream's."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pythiags.errors import ConfigError
from pythiags.inference import keyfile

GLib = pytest.importorskip("gi.repository.GLib")

READERS = {
    "integer": keyfile.integer,
    "double": keyfile.double,
    "boolean": keyfile.boolean,
    "string": keyfile.string,
    "string_list": keyfile.split,
    "integer_list": lambda text: list(map(keyfile.integer, keyfile.split(text))),
    "double_list": lambda text: list(map(keyfile.double, keyfile.split(text))),
}


def theirs(kind, text):
    content = f"[property]\nkey={text}\n"
    file = GLib.KeyFile()
    file.load_from_data(content, len(content.encode()), GLib.KeyFileFlags.NONE)
    try:
        return getattr(file, f"get_{kind}")("property", "key")
    except (GLib.Error, RuntimeError):  # GLib 2.74 warns of its own two errors at once
        return "refused"


def ours(kind, text):
    try:
        return READERS[kind](text)
    except ValueError:
        return "refused"


BLANK_ITEM = re.compile(r"\s+(?![+-]?\d)", re.ASCII)

VALUES = st.one_of(
    *(
        st.text(alphabet, max_size=9)
        for alphabet in ("0123456789+-. #;\t", "01 truefals;#", "0.eE+-xp1;", "infaty01 .", "é;= #")
    ),
    st.integers(-(2**40), 2**40).map(str),
    st.floats().map(str),
)


@pytest.mark.parametrize("kind", READERS)
@given(text=VALUES)
@example("4   # no NMS")
@example("4# no NMS")
@example("0.5  # low")
@example("3;416;416  # dims")
@example("1 # on")
@example("True")
@example("1 ")
@example("0.5 ")
@example("0x10")
@example("2147483648")
@example("4;")
@example("0; .")
@example("3; 416;")
@example("")
def test_a_value_is_what_glib_reads_in_it(kind, text):
    text = text.lstrip(keyfile.BLANKS)
    wanted = theirs(kind, text)
    if kind == "integer_list" and any(map(BLANK_ITEM.match, keyfile.split(text))):
        return  # GLib takes an item for 0 that starts with a blank and no number: a slip
    assert repr(ours(kind, text)) == repr(wanted)


@pytest.mark.parametrize("kind", ["string", "string_list"])
@given(text=st.text(r"\;sntra ", max_size=9))
def test_escapes_are_glibs(kind, text):
    text = text.lstrip(keyfile.BLANKS)
    assert ours(kind, text) == theirs(kind, text)


LINES = st.lists(
    st.one_of(
        st.sampled_from(["[property]", "  [class-attrs-0]  ", "[a", "[]", "[a]b]", "key = 1 # c"]),
        st.sampled_from(["[a] # b=1", "[a]=1", "a]=1", "[b=1", "a[b]c=1"]),
        st.text("ab=#; \t/", max_size=6),
    ),
    max_size=5,
)


@given(lines=LINES)
@example(["; comment", "[property]"])
@example(["# comment", "  # another", "[property]", "a=1", "[b]", "c=2", "[property]", "a=3"])
@example(["[property] # a comment"])
@example(["[property]", "a=1", "[class-attrs-all]  # threshold=0.2", "b=2"])
@example(["key=1", "[property]"])
def test_groups_and_keys_are_those_that_glib_finds(tmp_path_factory, lines):
    text = "\n".join(lines)
    path = tmp_path_factory.mktemp("keys") / "file.txt"
    path.write_text(text)
    file = GLib.KeyFile()
    try:
        file.load_from_data(text, len(text.encode()), GLib.KeyFileFlags.NONE)
        wanted = {
            group: {key: file.get_value(group, key) for key in file.get_keys(group)[0]}
            for group in file.get_groups()[0]
        }
    except GLib.Error:
        wanted = None
    try:
        found = {
            name: {key: entry.text for key, entry in group.items()}
            for name, group in keyfile.read_groups(path).items()
        }
    except ConfigError:
        found = None
    assert found == wanted


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("; no NMS", "comments start with #"),
        ("// no NMS", "comments start with #"),
        ("[class-attrs-all] # all", "its own line"),
        ("[class-attrs-all] # topk=20 by default", "its own line"),
    ],
)
def test_a_comment_in_the_wrong_place_has_a_hint(tmp_path, line, hint):
    path = tmp_path / "file.txt"
    path.write_text(f"[property]\n{line}\n")
    with pytest.raises(ConfigError) as problem:
        keyfile.read_groups(path)
    assert problem.value.where == f"{path}:2"
    assert hint in problem.value.hint
