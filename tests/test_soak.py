"""The soak's judgement: what is explained passes, and each thing that is not is missed."""

import copy
import json
import re
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))
from soak import account
from soak.account import checks, frame_gaps
from soak.plots import curves
from soak.record import Event, Record, Span, read_record
from soak.report import passed, write_report

MINUTES = 12
START = 1000.0
END = START + 60 * MINUTES
LOOKS = range(0, 60 * MINUTES + 1, 30)
KILLED = Span("killed", "cam1", START + 100, START + 105)
FROZEN = Span("frozen", "cam2", START + 200, START + 212)
HUNG = Span("consumer hangs", "gauge", START + 300, START + 310)
RAISED = Span("consumer raises", "archive", START + 400, START + 400)
DIED = Span("worker killed", "archive", START + 500, START + 500)
ADDED = Span("source added", "visitor", START + 600, START + 610)
PERIOD = 0.2
DROPPED = 5  # events of the gauge, while it hung
RAISED_AT = 2000  # the number of the event at which the archive raised


def message(at, name, change):
    return {"at": at, "name": name, "change": change, "why": ""}


def channel(produced, dropped, deaths=0, redelivered=0):
    delivered = produced - sum(dropped.values())
    return {
        "adds_up": True,
        "produced": produced,
        "delivered": delivered,
        "dropped": dropped,
        "pending": 0,
        "redelivered": redelivered,
        "deaths": deaths,
        "errors": {},
    }


def away(source, at):
    return (source == 1 and KILLED.start < at < KILLED.end + 2) or (
        source == 2 and FROZEN.start < at < FROZEN.end + 1
    )


def make():
    """A run in which everything is as it should be."""
    count = int(60 * MINUTES / PERIOD)
    numbers = [0] * 5
    archive, gauge = [], []
    for number in range(count):
        at, frames = START + number * PERIOD, []
        for source in range(5):
            visits = ADDED.start + 1 < at < ADDED.end
            if visits if source == 4 else not away(source, at):
                frames.append([source, numbers[source]])
                numbers[source] += 1
        event = Event(1, number, 1, at, frames)
        if number != RAISED_AT:
            archive.append(event)
        if not HUNG.start + 3 < at <= HUNG.start + 3 + DROPPED * PERIOD + 1e-6:
            gauge.append(event)
    full = len(range(count)) - len(gauge)
    died = next(i for i, each in enumerate(archive) if each.at > DIED.start)
    archive.insert(died, archive[died - 1])  # which was sent again
    attachments = {
        "archive": channel(count, {"consumer-error": 1}, deaths=1, redelivered=1),
        "gauge": channel(count, {"drop-oldest": full}),
    }
    samples = [
        {
            "at": START + at,
            "memory": 100_000_000 + 40_000 * (at % 60),
            "descriptors": 60 + at % 7,
            "threads": 30 + at % 5,
            "children": 2,
            "attachments": {
                "archive": channel(count, {}),
                "gauge": channel(count, {"drop-oldest": full} if START + at > HUNG.end else {}),
            },
        }
        for at in LOOKS
    ]
    return Record(
        driver={
            "seed": 1,
            "minutes": MINUTES,
            "start": START,
            "code": 143,
            "left": [],
            "failures": [],
            "late": [],
            "still": [[START + 144 * part - 30, START + 144 * part] for part in range(1, 6)],
            "edits": {"extract": 2, "gauge": 1, "broken": 1},
        },
        faults=[KILLED, FROZEN, HUNG, RAISED, DIED, ADDED],
        messages=[
            message(KILLED.start + 0.1, "cam1", "lost"),
            message(KILLED.end + 2, "cam1", "back"),
            message(FROZEN.start + 5, "cam2", "lost"),
            message(FROZEN.end + 1, "cam2", "back"),
        ],
        samples=samples,
        cycles=[{"runs": 10, "failed": 0, "delivered": 30}],
        end={
            "error": "",
            "attachments": attachments,
            "reloads": [
                {"file": "/x/soak_extract.py", "reloads": 2, "errors": 1},
                {"file": "/x/soak_gauge.py", "reloads": 1, "errors": 0},
            ],
        },
        events={"archive": archive, "gauge": gauge},
        gaps={"archive": 2, "gauge": 2},
    )


RUN = make()


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    """Twelve minutes are enough to judge."""
    monkeypatch.setattr(account, "JUDGED", 6.0)


@pytest.fixture
def run():
    record = copy.copy(RUN)
    for name in ("driver", "messages", "samples", "cycles", "end"):
        setattr(record, name, copy.deepcopy(getattr(RUN, name)))
    record.events = {name: list(events) for name, events in RUN.events.items()}
    record.faults, record.gaps = list(RUN.faults), dict(RUN.gaps)
    return record


def missed(record):
    return [check.what for check in checks(record) if check.kept is False]


def test_a_run_without_a_fault_in_it_passes(run):
    found = checks(run)
    assert [check.what for check in found if check.kept is not True] == []
    assert passed(found)


def without_archive(run, number):
    run.events["archive"] = [each for each in run.events["archive"] if each.number != number]


def lose_event(run):
    without_archive(run, 77)


def invent_loss(run):
    run.messages += [message(START + 650, "cam0", "lost"), message(START + 651, "cam0", "back")]


def miss_loss(run):
    run.messages = [each for each in run.messages if each["name"] != "cam2"]


def stay_away(run):
    run.messages = [
        each for each in run.messages if (each["name"], each["change"]) != ("cam1", "back")
    ]


def drop_without_hang(run):
    run.faults.remove(HUNG)


def die_by_itself(run):
    run.faults.remove(DIED)


def raise_by_itself(run):
    run.faults.remove(RAISED)


def count_wrong(run):
    run.samples[20]["attachments"]["gauge"]["adds_up"] = False


def grow(run):
    for number, sample in enumerate(run.samples):
        sample["memory"] += number * 20_000  # 2.4 MB an hour


def keep_descriptors(run):
    for number, sample in enumerate(run.samples):
        sample["descriptors"] += number // 4


def keep_descriptors_and_lose_cameras(run):
    """The fewest of all looks would be no more than before."""
    keep_descriptors(run)
    run.samples[-3]["descriptors"] -= 15


def never_rest(run):
    run.driver["still"] = run.driver["still"][:3]


def keep_threads(run):
    for number, sample in enumerate(run.samples):
        sample["threads"] += number // 4


def go_back(run):
    events = run.events["archive"]
    events[500] = events[500]._replace(frames=[[0, 3]])


def skip_frames(run):
    events = run.events["archive"]
    events[500] = events[500]._replace(frames=[])


def disorder(run):
    events = run.events["gauge"]
    events[10], events[11] = events[11], events[10]


def come_twice(run):
    run.events["archive"].insert(10, run.events["archive"][9])


def stand_still(run):
    for name in run.events:
        run.events[name] = [
            each._replace(frames=[]) if START + 700 < each.at < START + 703 else each
            for each in run.events[name]
        ]


def lose_gap(run):
    run.gaps["gauge"] = 1


def end_badly(run):
    run.driver["code"] = 4


def leave(run):
    run.driver["left"] = ["process 12"]


def refuse(run):
    run.driver["failures"] = ["set: no"]


def ignore_edit(run):
    run.end["reloads"][0]["reloads"] = 1


def show_nothing(run):
    run.events["archive"] = [
        each._replace(frames=[f for f in each.frames if f[0] != 4])
        for each in run.events["archive"]
    ]


def fail_shortly(run):
    run.cycles[0]["failed"] = 1


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lose_event, "archive: events that neither came nor were counted"),
        (invent_loss, "losses of cameras that no fault explains"),
        (miss_loss, "faults of cameras that were noticed as one loss"),
        (stay_away, "cameras back after the end of the fault"),
        (drop_without_hang, "gauge: drops of a full queue while it did not hang"),
        (die_by_itself, "archive: deaths of workers"),
        (raise_by_itself, "archive: drops, by reason"),
        (count_wrong, "looks at which produced = delivered"),
        (grow, "memory, slope"),
        (keep_descriptors, "descriptors while nothing befell it"),
        (keep_descriptors_and_lose_cameras, "descriptors while nothing befell it"),
        (never_rest, "descriptors while nothing befell it"),
        (keep_threads, "threads while nothing befell it"),
        (go_back, "frames whose number went back"),
        (skip_frames, "frames that no event has"),
        (disorder, "gauge: events out of order"),
        (come_twice, "archive: events that came twice"),
        (stand_still, "gaps over 2 s between frames"),
        (lose_gap, "gaps that the consumer was told of"),
        (end_badly, "exit code after SIGTERM"),
        (leave, "processes, sockets, spilled events left"),
        (refuse, "requests that failed"),
        (ignore_edit, "edits of code that were taken"),
        (show_nothing, "sources added and removed"),
        (fail_shortly, "short runs beside the long one"),
    ],
)
def test_what_is_not_explained_is_missed(run, spoil, what):
    spoil(run)
    assert any(each.startswith(what) for each in missed(run)), missed(run)
    assert not passed(checks(run))


def test_a_machine_that_stood_still_explains_a_gap_and_is_told(run, tmp_path):
    stand_still(run)
    run.driver["late"] = [[START + 700.5, START + 702.5]]
    assert not [each for each in missed(run) if each.startswith("gaps over")]
    text, _ = write_report(run, tmp_path)
    assert "The machine itself stood still 1 times, 2.0 s in all" in text


def test_losses_before_the_start_need_no_fault(run):
    run.messages += [message(START - 20, "cam0", "lost"), message(START - 15, "cam0", "back")]
    run.gaps["gauge"] += 1
    assert missed(run) == []


@pytest.mark.parametrize("number", [-3, 10])
def test_cameras_that_are_away_at_once_say_nothing_about_what_it_holds(run, number):
    run.samples[number]["descriptors"] -= 15
    run.samples[number]["threads"] -= 12
    assert missed(run) == []


def test_a_short_run_says_nothing_about_growth(run):
    run.samples = run.samples[:12]
    kept = {check.what: check.kept for check in checks(run)}
    assert kept["memory, slope after the warm-up"] is None


def test_gaps_have_their_causes(run):
    causes = {gap.cause for gap in frame_gaps(run) if gap.seconds > 1}
    assert causes == {"killed", "frozen"}


def test_the_report_shows_all_checks_and_whole_pictures(run, tmp_path):
    text, found = write_report(run, tmp_path)
    for check in found:
        assert f"| {check.what} | {check.promised} | {check.measured} | kept |" in text
    for name in re.findall(r"\((\w+\.svg)\)", text):
        picture = (tmp_path / name).read_text()
        assert ET.fromstring(picture).tag.endswith("svg")
        assert len(picture) < 150_000
    assert "| killed | a camera | 1 | 7" in text


def test_a_curve_is_within_its_picture():
    picture = curves("Memory", "MB", {"a <b>": [(0, 5.0), (10, 7.0)]}, {"cameras": [(1, 2)]})
    (points,) = re.findall(r"points='([^']+)'", picture)
    places = [tuple(map(float, each.split(","))) for each in points.split()]
    assert all(70 <= x <= 860 and 50 <= y <= 240 for x, y in places)
    assert "a &lt;b&gt;" in picture


def test_what_was_written_is_read(tmp_path):
    (tmp_path / "driver.json").write_text(json.dumps({"start": 1.0}))
    (tmp_path / "faults").write_text('["b", "x", 5, 6]\n["a", "x", 3, 4]\n')
    (tmp_path / "samples").write_text('{"at": 1}\n')
    notes = '["open", 4]\n["event", 1, 0, 1, 2.5, [[0, 1]]]\n["gap", 0]\n["event", 1, '
    (tmp_path / "archive.notes").write_text(notes)
    record = read_record(tmp_path)
    assert [span.name for span in record.faults] == ["a", "b"]
    assert record.events == {"archive": [Event(1, 0, 1, 2.5, [[0, 1]])], "gauge": []}
    assert record.gaps == {"archive": 1, "gauge": 0}
