"""Configuration files of nvdsanalytics: what is read of them, and what is said of wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standins.zones import Analytics, Refused, compile_to, load

HEAD = "[property]\nenable=1\nconfig-width=1920\nconfig-height=1080\n"
ROI = "[roi-filtering-stream-0]\nenable=1\nroi-A=0;0;1919;0;1919;1079;0;1079\n"
LINE = "[line-crossing-stream-0]\nenable=1\nline-crossing-A=1;1;9;9;1;9;9;1\n"
TO_SOUTH = "[direction-detection-stream-0]\nenable=1\ndirection-A=1;1;9;9\n"
CROWD = "[overcrowding-stream-0]\nenable=1\nroi-A=1;1;9;9;1;9\n"
YAML = """property:
  enable: 1
  config-width: 1920
  config-height: 1080
roi-filtering-stream-0:
  enable: 1
  roi-A: 0;0;1919;0;1919;1079;0;1079
  class-id: -1
"""
BOX = [(1, 0, 10, 10, 20, 20)]


@pytest.fixture(scope="session")
def library(tmp_path_factory):
    return load(compile_to(tmp_path_factory.mktemp("zones") / "zones.so"))


@pytest.fixture
def read(library, tmp_path):
    """``read(text, name)``: the analytics of a file."""
    opened = []

    def make(text, name="zones.txt", **options):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        opened.append(Analytics(library, path, **options))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


@pytest.fixture
def refused(read, tmp_path):
    """``refused(text, name)``: why; the folder is left out."""

    def make(text, name="zones.txt"):
        with pytest.raises(Refused) as caught:
            read(text, name)
        return str(caught.value).replace(f"{tmp_path}/", "")

    return make


@pytest.fixture
def notes(read, tmp_path):
    return lambda text, name="zones.txt": [
        note.replace(f"{tmp_path}/", "") for note in read(text, name).notes
    ]


# ---- what is read ----


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (HEAD + ROI, "zones.txt"),
        (ROI + HEAD, "zones.txt"),
        (HEAD.replace("=", " = ") + ROI.replace("=", " = "), "zones.cfg"),
        ("# a comment\n\n" + HEAD + "; another\n".replace(";", "#") + ROI, "zones"),
        (HEAD + ROI.replace("1079\n", "1079;\n"), "zones.txt"),
        (HEAD + ROI.replace("enable=1", "enable=true"), "zones.txt"),
        ((HEAD + ROI).replace("\n", "\r\n"), "zones.txt"),
        ("\ufeff" + HEAD + ROI, "zones.txt"),
        (YAML, "zones.yml"),
        (YAML, "zones.yaml"),
        ("%YAML:1.0\n---\n" + YAML + "# end\n", "zones.yml"),
        (YAML.replace("  config-width: 1920\n", ""), "zones.yml"),
    ],
)
def test_files_that_say_the_same(read, text, name):
    of = read(text, name)
    assert of.frame(BOX, 0).in_roi == {"A": 1}
    assert of.notes == []


def test_a_group_that_is_there_twice_is_one_and_its_last_key_counts(read):
    of = read(f"{HEAD}{ROI}{ROI.replace('enable=1', 'enable=0')}")
    assert of.frame(BOX, 0).in_roi == {}
    of = read(
        HEAD + ROI + "[roi-filtering-stream-0]\nroi-A=900;900;999;900;999;999\nroi-B=1;1;9;9\n"
    )
    assert of.frame(BOX, 0).in_roi == {"A": 0, "B": 0}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"{HEAD}osd-mode=\nosd-mode=1\n{ROI}", 5),
        (f"{HEAD}osd-mode=\n{ROI}[property]\nosd-mode=1\n", 5),
        ("[property]\nconfig-width=wide\n" + HEAD + ROI, 2),
        (HEAD + ROI.replace("roi-A=", "roi-A=1;\nroi-A="), 7),
        (HEAD + ROI.replace("enable=1", "enable=yes") + ROI, 6),
    ],
)
def test_a_wrong_value_does_not_count_where_another_one_follows(read, tmp_path, text, line):
    of = read(text)
    assert of.frame(BOX, 0).in_roi == {"A": 1}
    assert any(
        note.startswith(f"{tmp_path}/zones.txt:{line}: [") and "is there again in line" in note
        for note in of.notes
    )


def test_the_last_value_is_the_one_that_is_refused(refused):
    assert refused(f"{HEAD}osd-mode=1\n[property]\nosd-mode=\n").startswith(
        "zones.txt:7: [property] osd-mode: '' is no whole number"
    )


def test_an_empty_list_of_classes_is_all(read):
    assert read(f"{HEAD}{ROI}class-id=\n").frame(BOX, 0).in_roi == {"A": 1}
    assert read(f"{HEAD}{ROI}class-id=-1\n").frame(BOX, 0).in_roi == {"A": 1}
    assert read(f"{HEAD}{ROI}class-id=3\n").frame(BOX, 0).in_roi == {"A": 0}


# ---- what is refused ----


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "zones.txt: there is no group [property]: write one with enable=1, config-width=1920 "
         "and config-height=1080, the size of the picture that all points are of"),
        (ROI, "zones.txt: there is no group [property]: "),
        ("[property]\nenable=1\nconfig-height=1080\n",
         "zones.txt:1: [property] has no config-width: write config-width=1920"),
        ("[property]\n", "zones.txt:1: [property] has no enable: write enable=1"),
        ("[property]\nenable=2\nconfig-width=1\nconfig-height=1",
         "zones.txt:2: [property] enable: '2' is neither 0 nor 1"),
        (HEAD.replace("1920", "0"),
         "zones.txt:3: [property] config-width: 0 is not between 1 and 16777216"),
        (HEAD.replace("1920", "wide"),
         "zones.txt:3: [property] config-width: 'wide' is no whole number"),
        (f"{HEAD}osd-mode=3\n", "zones.txt:5: [property] osd-mode: 3 is not between 0 and 2"),
        (f"{HEAD}obj-cnt-win-in-ms=0\n",
         "zones.txt:5: [property] obj-cnt-win-in-ms: 0 is not between 1 and 1000000000"),
        (f"{HEAD}{ROI}inverse-roi=yes\n",
         "zones.txt:8: [roi-filtering-stream-0] inverse-roi: 'yes' is neither 0 nor 1"),
        (f"{HEAD}[roi-filtering-stream-0]\nenable=1\n",
         "zones.txt:5: [roi-filtering-stream-0] has no roi-NAME: write the corners of a region, "
         "as roi-Door=295;643;579;634;642;913"),
        (f"{HEAD}[line-crossing-stream-0]\n",
         "zones.txt:5: [line-crossing-stream-0] has no line-crossing-NAME: write a direction and "
         "the line's ends, as line-crossing-Exit="),
        (HEAD + ROI.replace("0;0;", "0;-4;"),
         "zones.txt:7: [roi-filtering-stream-0] roi-A: -4 is not between 0 and 16777216"),
        (HEAD + ROI.replace("0;0;", "0;"),
         "zones.txt:7: [roi-filtering-stream-0] roi-A has 7 numbers: a corner has two, x;y"),
        (HEAD + ROI.replace("0;0;1919;0;1919;1079;0;1079", "0;1"),
         "zones.txt:7: [roi-filtering-stream-0] roi-A has 2 numbers, and needs 4: write "),
        (HEAD + ROI.replace("0;0;", "0,0;"),
         "zones.txt:7: [roi-filtering-stream-0] roi-A: '0,0' is no whole number: write numbers "
         "with semicolons between them, as 1;2;3;4"),
        (HEAD + LINE.replace(";9;1\n", "\n"),
         "zones.txt:7: [line-crossing-stream-0] line-crossing-A has 6 numbers, and needs 8: "),
        (HEAD + TO_SOUTH.replace(";9\n", "\n"),
         "zones.txt:7: [direction-detection-stream-0] direction-A has 3 numbers, and needs 4: "),
        (f"{HEAD}{CROWD}object-threshold=-1\n",
         "zones.txt:8: [overcrowding-stream-0] object-threshold: -1 is not between 0 and "),
        (f"{HEAD}{ROI}class-id=0 # cars\n",
         "zones.txt:8: [roi-filtering-stream-0] class-id has a comment behind its value, which "
         "DeepStream takes for a part of it: write it in a line of its own"),
        (HEAD + ROI.replace("stream-0", "stream-"),
         "zones.txt:5: [roi-filtering-stream-] has no stream's number: write it behind the name, "
         "as [roi-filtering-stream-0]"),
        (f"{HEAD}{ROI}roi-B\n", "zones.txt:8: 'roi-B' is no key and value: write key=value"),
        (YAML, "zones.txt: DeepStream reads a file of that name as [group] and key=value, and this "
         "is YAML: rename it to end in .yml"),
        (HEAD + "a=1\n" * 20000, "zones.txt:20002: there are more than 20000 keys"),
        (b"\0" * 2_000_000, "zones.txt has more than 1048576 bytes: it is no file of "),
    ],
)  # fmt: skip
def test_a_wrong_file(refused, text, why):
    assert refused(text).startswith(why)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (HEAD, "zones.yml: DeepStream reads a file of that name as YAML, and this has groups in "
         "brackets: rename it to end in .txt"),
        (YAML.replace("0;1079\n", "0;1079;\n"),
         "zones.yml:7: [roi-filtering-stream-0] roi-A ends with a semicolon, which DeepStream does "
         "not read in YAML: remove it"),
        ("property:\n  enable: 1\ndirection-detection-stream-0:\n  direction-A: 1;1;2;2;3\n",
         "zones.yml:4: [direction-detection-stream-0] direction-A has 5 numbers: expected 4"),
    ],
)  # fmt: skip
def test_wrong_yaml(refused, text, why):
    assert refused(text, "zones.yml") == why


def test_what_is_no_file(library, tmp_path):
    for path, what in ((tmp_path, "a folder"), (Path("/dev/zero"), "a pipe or a device")):
        with pytest.raises(Refused, match=f"{path} is {what}, not a file"):
            Analytics(library, path)


def test_a_file_that_is_not_there(library, tmp_path):
    path = tmp_path / "none.txt"
    with pytest.raises(Refused, match=f"{path} cannot be read: "):
        Analytics(library, path)


# ---- what is read, and does not count ----


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (f"{HEAD}osd-mod=1\n",
         "zones.txt:5: [property] osd-mod is not known, and not read: did you mean 'osd-mode'?"),
        (f"{HEAD}{ROI}inverse-rio=1\n", "zones.txt:8: [roi-filtering-stream-0] inverse-rio is not "
         "known, and not read: did you mean 'inverse-roi'?"),
        (HEAD + ROI.replace("roi-filtering", "roi-filterin"), "zones.txt:5: "
         "[roi-filterin-stream-0] is not known, and not read: did you mean "
         "[roi-filtering-stream-0]?"),
        (f"{HEAD}[tracker]\na=1\n", "zones.txt:5: [tracker] is not known, and not read"),
        (HEAD + ROI.replace("enable=1\n", ""), "zones.txt:5: [roi-filtering-stream-0] has no "
         "enable, and is off as with DeepStream: write enable=1"),
        (f"{HEAD}{CROWD}time-threshold=2000\n", "zones.txt:8: [overcrowding-stream-0] "
         "time-threshold does not count: DeepStream's analytics read it and do not use it"),
        (f"{HEAD}{TO_SOUTH}mode=strict\n", "zones.txt:8: [direction-detection-stream-0] mode does "
         "not count: DeepStream's analytics read it and do not use it"),
        (f"{HEAD}{LINE}mode=lose\n", "zones.txt:8: [line-crossing-stream-0] mode: 'lose' is none "
         "of strict, balanced and loose: it counts as loose"),
        (HEAD + LINE.replace(";9;1\n", ";9;1;4\n"), "zones.txt:7: [line-crossing-stream-0] "
         "line-crossing-A has 9 numbers: those after the first 8 are not read"),
        (HEAD + TO_SOUTH.replace("1;1;9;9", "5;5;5;5"), "zones.txt:7: "
         "[direction-detection-stream-0] direction-A: the direction begins and ends in one point, "
         "and nothing follows it"),
        (HEAD + LINE.replace("1;1;9;9;1;9;9;1", "1;1;9;9;2;1;10;9"), "zones.txt:7: "
         "[line-crossing-stream-0] line-crossing-A: the direction runs along the line: have it "
         "lead across"),
        (HEAD + ROI.replace("stream-0", "stream-0b"), "zones.txt:5: [roi-filtering-stream-0b] is "
         "about stream 0: 'b' behind it does not count"),
        (HEAD + ROI.replace("0;0;1919;0;1919;1079;0;1079", "1;1;9;9"), "zones.txt:7: "
         "[roi-filtering-stream-0] roi-A: two corners enclose nothing: write three or more"),
    ],
)  # fmt: skip
def test_what_does_not_count_is_told(notes, text, note):
    assert notes(text) == [note]


def test_yaml_takes_a_higher_osd_mode_for_two(notes):
    text = YAML.replace("  config-width", "  osd-mode: 7\n  config-width")
    assert notes(text, "zones.yml") == [
        "zones.yml:3: [property] osd-mode: 7 is more than 2, and counts as 2"
    ]


def test_notes_are_bounded(notes):
    found = notes(HEAD + "".join(f"x{n}=1\n" for n in range(40)))
    assert len(found) == 21
    assert found[-1] == "zones.txt: 20 more keys are not read"


# ---- whatever the bytes ----


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(library, tmp_path_factory, text):
    for name in ("zones.txt", "zones.yml"):
        path = tmp_path_factory.getbasetemp() / name
        path.write_bytes(text)
        with pytest.raises(Refused):
            Analytics(library, path)


PIECES = [HEAD, ROI, LINE, TO_SOUTH, CROWD, "roi-X=", "1;2;", "-1", *";[]=\n#'"]


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_pieces_of_files_are_read_or_refused(library, tmp_path_factory, pieces):
    path = tmp_path_factory.getbasetemp() / "pieces.txt"
    path.write_text("".join(pieces))
    try:
        of = Analytics(library, path)
    except Refused:
        return
    of.frame(BOX, 0)
    of.close()
