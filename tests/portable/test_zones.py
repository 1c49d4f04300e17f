"""The analytics of nvdsanalytics alone: they say what NVIDIA's source says of the same scenes.

The right values of ``tests/data/zones.json`` are those of the analytics library of DeepStream 9.1,
whose source is public, compiled beside ours and given the same files and boxes.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from standins.zones import UNTRACKED, Analytics, compile_to, load, scene, story

CASES = json.loads((Path(__file__).parents[1] / "data" / "zones.json").read_text())
HEAD = "[property]\nenable=1\nconfig-width=1920\nconfig-height=1080\n"
STEP = 33_333_333
# A line from top to bottom at x = 500, with a direction to the right across it.
LINE = "[line-crossing-stream-0]\nenable=1\nline-crossing-Exit=400;500;600;500;500;300;500;700\n"
REGION = "[roi-filtering-stream-0]\nenable=1\nroi-Door=100;100;300;100;300;300;100;300\n"


@pytest.fixture(scope="session")
def library(tmp_path_factory):
    return load(compile_to(tmp_path_factory.mktemp("zones") / "zones.so"))


@pytest.fixture
def analytics(library, tmp_path):
    """``analytics(text)``: those of a file with this text."""
    opened = []

    def make(text, **options):
        path = tmp_path / f"zones{len(opened)}.txt"
        path.write_text(text)
        opened.append(Analytics(library, path, **options))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


def play(of, boxes, *, step=STEP, first=0):
    """The frames' results for one list of boxes after the other."""
    return [of.frame(each, (first + n) * step) for n, each in enumerate(boxes)]


def path(x, y=480, *, number=1, class_id=0, size=(40, 40)):
    """A box around a point; its bottom is 20 pixels below."""
    return (number, class_id, x - size[0] / 2, y - size[1] / 2, *size)


def crossings(of, boxes, **more):
    return [n for n, seen in enumerate(play(of, boxes, **more)) if seen.crossing.get("Exit")]


# ---- as NVIDIA's own ----


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["seed"]))
def test_it_says_what_nvidias_source_says(analytics, case):
    of = scene(case["seed"])
    assert story(analytics(of.text, size=of.size), of.frames) == case["story"]


def test_the_cases_have_all_that_there_is_to_say():
    said = json.dumps(CASES)
    for word in ("ROI:", "LC:", "DIR:", "STOPPED"):
        assert said.count(word) > 15


# ---- lines ----


@pytest.mark.parametrize(
    ("mode", "frames", "way"), [("loose", 3, 1000), ("balanced", 10, 3000), ("strict", 20, 6000)]
)
def test_how_long_and_how_far_an_object_must_go_before_it_crosses(analytics, mode, frames, way):
    """It waits before the line, as many frames as there must be, and one less."""
    text = f"{HEAD}{LINE}mode={mode}\n"
    far, near = 500 + int(way**0.5) + 2, 500 + int(way**0.5) - 2
    for waiting, to, crosses in ((frames, far, True), (frames - 1, far, False), (40, near, False)):
        boxes = [[path(498)]] * waiting + [[path(to)]]
        assert (crossings(analytics(text), boxes) == [waiting]) is crosses


def test_a_line_counts_its_direction_only(analytics):
    there = [[path(x)] for x in range(400, 620, 10)]
    assert len(crossings(analytics(HEAD + LINE), there)) == 1
    assert crossings(analytics(HEAD + LINE), there[::-1]) == []


@pytest.mark.parametrize(("mode", "slope", "crosses"), [
    ("loose", 20, True), ("balanced", 20, False), ("balanced", 10, True), ("strict", 10, False),
    ("strict", 5, True),
])  # fmt: skip
def test_how_well_the_direction_must_be_followed(analytics, mode, slope, crosses):
    text = f"{HEAD}{LINE.replace('300;500;700', '0;500;1079')}mode={mode}\n"
    boxes = [[path(350 + 10 * n, 100 + slope * n)] for n in range(40)]
    assert bool(crossings(analytics(text), boxes)) is crosses


def test_only_what_is_extended_goes_on_beyond_its_ends(analytics):
    boxes = [[path(x, 880)] for x in range(400, 620, 10)]
    assert len(crossings(analytics(HEAD + LINE), boxes)) == 1
    assert crossings(analytics(f"{HEAD}{LINE}extended=0\n"), boxes) == []
    inside = [[path(x, 480)] for x in range(400, 620, 10)]
    assert len(crossings(analytics(f"{HEAD}{LINE}extended=0\n"), inside)) == 1


def test_an_object_is_counted_once_until_it_is_forgotten(analytics):
    boxes = [[path(x)] for x in [*range(400, 620, 10), *range(610, 390, -10)] * 2]
    assert len(crossings(analytics(HEAD + LINE), boxes)) == 1
    of = analytics(HEAD + LINE)
    there = [[path(x)] for x in range(400, 620, 10)]
    assert len(crossings(of, there)) == 1
    assert crossings(of, there, first=250) == []
    assert len(crossings(of, there, first=600)) == 1


def test_an_object_is_forgotten_after_eight_seconds(analytics):
    of = analytics(HEAD)
    of.frame([path(5, number=1)], 0)
    of.frame([path(5, number=2)], 8_000_999_999)
    assert of.remembered() == 2
    of.frame([path(5, number=2)], 8_001_000_000)
    assert of.remembered() == 1


def test_objects_that_never_go_by_their_times_are_not_kept_without_end(analytics):
    of = analytics(HEAD)
    for frame in range(70):
        of.frame([path(5, number=1000 * frame + n) for n in range(1000)], 0)
    assert of.remembered() <= 65536


def test_classes(analytics):
    text = f"{HEAD}{REGION}class-id=0;2\n"
    boxes = [path(200, 200, number=n, class_id=n) for n in range(4)]
    seen = analytics(text).frame(boxes, 0)
    assert seen.in_roi == {"Door": 2}
    assert [bool(each) for each in seen.objects] == [True, False, True, False]
    assert seen.objects_by_class == {"0": 1, "1": 1, "2": 1, "3": 1}


def test_a_line_with_no_length_counts_nothing(analytics):
    text = HEAD + LINE.replace("500;300;500;700", "500;500;500;500")
    of = analytics(text)
    assert crossings(of, [[path(x)] for x in range(400, 620, 10)]) == []
    assert "the line begins and ends in one point" in of.notes[0]


# ---- regions ----


def test_an_object_is_where_the_middle_of_its_bottom_is(analytics):
    for y, inside in ((79, 0), (80, 1), (279, 1), (280, 0)):  # the bottom is 20 below
        assert analytics(HEAD + REGION).frame([path(200, y)], 0).in_roi == {"Door": inside}
    for x, inside in ((99, 0), (100, 1), (299, 1), (300, 0)):
        assert analytics(HEAD + REGION).frame([path(x, 200)], 0).in_roi == {"Door": inside}


def test_an_inverse_region_counts_what_is_outside(analytics):
    of = analytics(f"{HEAD}{REGION}inverse-roi=1\n")
    seen = of.frame([path(200, 200, number=1), path(900, 900, number=2)], 0)
    assert seen.in_roi == {"Door": 1}
    assert [each and each.rois for each in seen.objects] == [None, ["Door"]]


def test_boxes_of_no_numbers_are_nowhere(analytics):
    for odd in (float("nan"), float("inf"), -float("inf"), 1e30, -1e30):
        seen = analytics(HEAD + REGION + LINE).frame([(1, 0, odd, odd, odd, odd)], 0)
        assert seen.in_roi == {"Door": 0}


def test_ids_are_asked_for_by_lines_alone(analytics):
    text = HEAD + REGION + LINE
    seen = play(analytics(text), [[path(x, 200, number=UNTRACKED)] for x in range(100, 300, 10)])
    assert [each.in_roi["Door"] for each in seen] == [1] * 20


# ---- how many there are ----


def test_the_number_that_was_seen_most_often_within_the_window_counts(analytics):
    of = analytics(f"{HEAD}obj-cnt-win-in-ms=200\n")
    many = [path(100 + 50 * n, number=n) for n in range(3)]
    boxes = [many] * 5 + [many[:2]] + [many] * 3
    assert [seen.objects_by_class["0"] for seen in play(of, boxes)] == [3] * 9
    boxes = [many[:1]] * 12
    found = [seen.objects_by_class["0"] for seen in play(of, boxes, first=9)]
    assert found[0] == 3
    assert found[-1] == 1


def test_a_class_that_is_gone_counts_none_after_a_while(analytics):
    of = analytics(HEAD)
    boxes = [[path(100, class_id=5)]] * 4 + [[]] * 3
    assert [seen.objects_by_class["5"] for seen in play(of, boxes)][-1] == 0
