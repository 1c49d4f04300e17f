"""Judges a soak: whether every event is accounted for, and every loss explained by a fault."""

from __future__ import annotations

import itertools
import math
import statistics
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pythiags.testing.leaks import slope
from soak.world import LOSING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from soak.record import Record, Span

__all__ = ["Check", "Gap", "checks", "frame_gaps", "warm"]

CAMERAS: Final = ("cam0", "cam1", "cam2", "cam3")
EARLY: Final = 0.5  # seconds by which what a fault does may seem to come before it
NOTICED: Final = 12.0  # seconds after a fault in which its loss has to be noticed
RECOVERY: Final = 30.0  # seconds after a fault in which the camera has to be back
WARM_UP: Final = 0.2  # of the time
JUDGED: Final = 30.0  # minutes after the warm-up from which on a slope says something
GROWTH: Final = 1.0  # MB an hour
GAP: Final = 2.0  # seconds, at five frames a second
LONG: Final = 0.5  # seconds from which on a gap has to be explained
TERMINATED: Final = 143
FRAMES: Final = 3  # of a short run
PER_POISON: Final = 3  # workers that an event kills


class Check(NamedTuple):
    """One thing that has to hold.

    Attributes:
        what: In a few words.
        promised: What must be.
        measured: What was.
        kept: Whether it holds; None: the run was too short to say.
    """

    what: str
    promised: str
    measured: str
    kept: bool | None


class Gap(NamedTuple):
    """A time without a frame of a source.

    Attributes:
        source: Its number.
        start: When the last frame before it came.
        end: When the next one came.
        cause: The fault that explains it; empty: none does.
    """

    source: int
    start: float
    end: float
    cause: str

    @property
    def seconds(self) -> float:
        """How long it was."""
        return self.end - self.start


def checks(record: Record) -> list[Check]:
    """Return all that is judged."""
    return [
        *_ending(record),
        *_events(record),
        *_drops(record),
        *_losses(record),
        *_frames(record),
        *_changes(record),
        *_holdings(record),
    ]


def _ending(record: Record) -> Iterator[Check]:
    driver, end = record.driver, record.end
    code, error = driver.get("code"), end.get("error", "it did not come to its end")
    kept = code == TERMINATED and not error
    yield Check("exit code after SIGTERM", "143", f"{code} {error}".strip(), kept)
    left = driver.get("left", [])
    yield Check("processes, sockets, spilled events left", "0", _count(left), not left)
    failed = driver.get("failures", [])
    yield Check("requests that failed (pythiags ctl)", "0", _count(failed), not failed)


def _count(what: Sequence[object]) -> str:
    return f"{len(what)}" + (f": {'; '.join(map(str, what[:3]))}" if what else "")


def _events(record: Record) -> Iterator[Check]:
    wrong = [s for s in record.samples if not all(a["adds_up"] for a in s["attachments"].values())]
    yield Check(
        "looks at which produced = delivered + dropped + pending",
        "all",
        f"{len(record.samples) - len(wrong)} of {len(record.samples)}",
        bool(record.samples) and not wrong,
    )
    for name, counters in record.end.get("attachments", {}).items():
        numbers = [event.number for event in record.events[name]]
        unique = list(dict.fromkeys(numbers))
        missing = counters["produced"] - len(unique)
        dropped = sum(counters["dropped"].values())
        yield Check(
            f"{name}: events that neither came nor were counted as dropped",
            "0",
            f"{missing - dropped} of {counters['produced']:,}",
            missing == dropped and counters["pending"] == 0 and bool(unique),
        )
        again = len(numbers) - len(unique)
        yield Check(
            f"{name}: events that came twice",
            f"at most {counters['redelivered']}, which were sent again after a death",
            str(again),
            again <= counters["redelivered"],
        )
        disordered = sum(b < a for a, b in itertools.pairwise(unique))
        yield Check(f"{name}: events out of order", "0", str(disordered), not disordered)


def _drops(record: Record) -> Iterator[Check]:
    attachments = record.end.get("attachments", {})
    if not attachments:
        return
    archive, gauge = attachments["archive"], attachments["gauge"]
    raised = len(record.of("archive", "consumer raises"))
    poisons = len(record.of("archive", "event kills three workers"))
    expected = {"consumer-error": raised, "dead-letter": poisons}
    expected = {reason: count for reason, count in expected.items() if count}
    yield _equal("archive: drops, by reason", expected, archive["dropped"])
    killed = len(record.of("archive", "worker killed", "worker exits"))
    yield _equal("archive: deaths of workers", killed + PER_POISON * poisons, archive["deaths"])
    raised = len(record.of("gauge", "consumer raises"))
    hangs = record.of("gauge", "consumer hangs")
    others = {k: v for k, v in gauge["dropped"].items() if k != "drop-oldest"}
    yield _equal(
        "gauge: drops, but those of a full queue",
        {"consumer-error": raised} if raised else {},
        others,
    )
    unexplained = sum(
        count
        for start, end, count in _increments(record, "gauge", "drop-oldest")
        if not any(span.start < end and span.end + NOTICED > start for span in hangs)
    )
    full = gauge["dropped"].get("drop-oldest", 0)
    yield Check(
        "gauge: drops of a full queue while it did not hang",
        "0",
        f"{unexplained} of {full:,}",
        not unexplained,
    )
    raised = len(record.of("extractor", "extractor raises"))
    yield _equal("errors of the extractor", raised, sum(archive["errors"].values()))


def _increments(record: Record, name: str, reason: str) -> Iterator[tuple[float, float, int]]:
    looks = [(s["at"], s["attachments"][name]["dropped"].get(reason, 0)) for s in record.samples]
    for (start, before), (end, after) in itertools.pairwise(looks):
        if after > before:
            yield start, end, after - before


def _equal(what: str, injected: object, found: object) -> Check:
    return Check(what, f"{_plain(injected)}, as injected", _plain(found), injected == found)


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{count} {name}" for name, count in sorted(value.items())) or "none"
    return str(value)


def _losses(record: Record) -> Iterator[Check]:
    explained = injected = 0
    unexplained: list[str] = []
    unnoticed: list[str] = []
    waits: list[float] = []
    total = excused = 0
    for camera in CAMERAS:
        lost = [m["at"] for m in record.messages if _is(m, camera, "lost")]
        back = [m["at"] for m in record.messages if _is(m, camera, "back")]
        total += len(lost)
        lost = [
            at for at in lost if at >= record.driver["start"]
        ]  # not in World.show_all_streams()
        spans = record.of(camera, *LOSING)
        injected += len(spans)
        for span in spans:
            inside = [at for at in lost if _within(at, span)]
            explained += len(inside)
            if len(inside) != 1:
                unnoticed.append(f"{camera} {span.name}: {len(inside)} losses")
            later = [at for at in back if at > span.start]
            waits.append(min(later, default=float("inf")) - span.end)
        for at in lost:
            if not any(_within(at, span) for span in spans):
                if _is_late(record, at - NOTICED, at):
                    excused += 1
                else:
                    unexplained.append(f"{camera} at {record.minutes(at):.1f} min")
    note = f", {excused} more while the machine stood still" if excused else ""
    yield Check(
        "losses of cameras that no fault explains", "0", _count(unexplained) + note, not unexplained
    )
    yield Check(
        "faults of cameras that were noticed as one loss",
        f"{injected}, as injected",
        f"{injected - len(unnoticed)}" + (f"; {'; '.join(unnoticed[:3])}" if unnoticed else ""),
        not unnoticed,
    )
    worst = max(waits, default=0.0)
    yield Check(
        "cameras back after the end of the fault",
        "30 s",
        f"{worst:.1f} s at most",
        worst <= RECOVERY,
    )
    if record.end:
        told = record.gaps["gauge"]
        yield Check(
            "gaps that the consumer was told of",
            f"{total}, one for each loss",
            str(told),
            told == total,
        )


def _is(message: dict[str, Any], name: str, change: str) -> bool:
    return bool(message["name"] == name and message["change"] == change)


def _within(at: float, span: Span) -> bool:
    return span.start - EARLY <= at <= span.end + NOTICED


def _is_late(record: Record, start: float, end: float) -> bool:
    return any(a < end and b > start for a, b in record.driver.get("late", []))


def _frames(record: Record) -> Iterator[Check]:
    by_number = {event.number: event for event in record.events["archive"]}
    events = [by_number[number] for number in sorted(by_number)]
    back = jumps = 0
    for source in range(len(CAMERAS)):
        seen = [(e.number, frame) for e in events for s, frame in e.frames if s == source]
        for (first, before), (last, after) in itertools.pairwise(seen):
            back += after <= before
            whole = all(number in by_number for number in range(first + 1, last))
            jumps += after > before + 1 and whole  # the archive has seen all that came between
    yield Check("frames whose number went back", "0", str(back), not back)
    raised = len(record.of("extractor", "extractor raises"))
    yield Check(
        "frames that no event has",
        f"those of {raised} buffers at which the extractor raised",
        str(jumps),
        jumps <= raised * len(CAMERAS),
    )
    gaps = frame_gaps(record)
    bad = [gap for gap in gaps if gap.seconds > GAP and not gap.cause]
    worst = max((gap.seconds for gap in gaps if not gap.cause), default=0.0)
    yield Check(
        f"gaps over {GAP:g} s between frames, without a fault of that camera",
        "0",
        f"{len(bad)}; the longest of all was {worst:.2f} s, at 5 frames a second",
        not bad,
    )


def frame_gaps(record: Record) -> list[Gap]:
    """Return the time from each frame of a camera to the next, with what explains it."""
    found = []
    for source, camera in enumerate(CAMERAS):
        times = sorted(e.at for e in record.events["archive"] for s, _ in e.frames if s == source)
        spans = [(*_reach(record, camera, span), span.name) for span in record.of(camera)]
        spans += [
            (a - EARLY, b + EARLY, "the machine stood still") for a, b in record.driver["late"]
        ]
        for start, end in itertools.pairwise(times):
            long = end - start > LONG
            cause = next((n for a, b, n in spans if long and a < end and b > start), "")
            found.append(Gap(source, start, end, cause))
    return found


def _reach(record: Record, camera: str, span: Span) -> tuple[float, float]:
    """From when to when a fault is felt: until the camera is back, and its next key frame."""
    later = [m["at"] for m in record.messages if _is(m, camera, "back") and m["at"] > span.start]
    lost = any(_is(m, camera, "lost") and _within(m["at"], span) for m in record.messages)
    end = min(later, default=span.end) if lost else span.end
    return span.start - EARLY, max(end, span.end) + 3.0


def _changes(record: Record) -> Iterator[Check]:
    edits = record.driver["edits"]
    counters = {each["file"].rpartition("/")[2]: each for each in record.end.get("reloads", [])}
    if counters:
        extract, gauge = counters["soak_extract.py"], counters["soak_gauge.py"]
        yield _equal(
            "edits of code that were taken",
            edits["extract"] + edits["gauge"],
            extract["reloads"] + gauge["reloads"],
        )
        yield _equal(
            "edits with an error, the old code went on", edits["broken"], extract["errors"]
        )
    for name in ("archive", "gauge"):
        versions = [event.extractor for event in record.events[name]]
        back = sum(b < a for a, b in itertools.pairwise(versions))
        again = record.end.get("attachments", {}).get(name, {}).get("redelivered", 0)
        yield Check(
            f"{name}: events of old code after those of new code", "0", str(back), back <= again
        )
    spans = record.of("visitor", "source added")
    shown = sum(_visited(record, span) for span in spans)
    yield _equal("sources added and removed, of which frames came", len(spans), shown)
    runs = Counter[str]()
    for each in record.cycles:
        runs.update({name: each[name] for name in ("runs", "failed", "delivered")})
    yield Check(
        "short runs beside the long one, with all their events",
        f"{FRAMES * runs['runs']} events of {runs['runs']} runs",
        f"{runs['delivered']} events, {runs['failed']} runs failed",
        runs["delivered"] == FRAMES * runs["runs"] and not runs["failed"],
    )


def _visited(record: Record, span: Span) -> bool:
    return any(
        s >= len(CAMERAS)
        for event in record.events["archive"]
        if span.start <= event.at <= span.end + EARLY
        for s, _ in event.frames
    )


def warm(record: Record) -> list[dict[str, Any]]:
    """Return the looks after the warm-up."""
    start = record.driver["start"]
    end = record.samples[-1]["at"] if record.samples else start
    return [s for s in record.samples if s["at"] >= start + WARM_UP * (end - start)]


def _holdings(record: Record) -> Iterator[Check]:
    looks = warm(record)
    hours = [(s["at"] - record.driver["start"]) / 3600 for s in looks]
    span = (hours[-1] - hours[0]) * 60 if hours else 0.0
    growth = slope([(h, s["memory"] / 1e6) for h, s in zip(hours, looks, strict=True)])
    enough = span >= JUDGED
    too_short = "" if enough else f"; {span:.0f} minutes are too short to say"
    yield Check(
        "memory, slope after the warm-up",
        "under 1 MB an hour",
        f"{growth:+.2f} MB an hour{too_short}",
        growth < GROWTH if enough else None,
    )
    third = len(looks) // 3
    for what in ("descriptors", "threads", "children"):
        # For a moment the worker that died is missing. Not a number: there was no such moment.
        few, how = (min, "the fewest") if what != "children" else (statistics.median, "as a rule")
        moment = " while nothing befell it" if what != "children" else ""
        first, last = (
            few([s[what] for s in part if not moment or _is_still(record, s)] or [math.nan])
            for part in (looks[:third], looks[-third:])
        )
        yield Check(
            f"{what}{moment}, {how} in the last third against the first",
            "no more",
            f"{last - first:+.0f} (of {first:.0f})",
            last <= first if enough else None,
        )


def _is_still(record: Record, look: dict[str, Any]) -> bool:
    """Whether all cameras ran, with their own streams, and nothing befell the application.

    A camera that is away holds few descriptors and threads, and each kind of stream others. The
    fewest of all looks would say how many cameras were away at once: a leak of a dozen descriptors
    would pass where three were away in the last third.
    """
    return any(start <= look["at"] <= end for start, end in record.driver["still"])
