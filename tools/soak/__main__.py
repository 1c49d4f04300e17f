"""Soaks an application: ``PYTHONPATH=tools python -m soak MINUTES [--seed=S]``.

It plays four cameras, adds and removes a fifth, and is told to change its code and properties,
while a schedule of faults befalls cameras and consumers. The exit code is 0 if every event is
accounted for, every loss explained by a fault, and what the process holds does not grow; 1 if not;
2 if the soak could not be done. A report is written into the folder of the run.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pythiags.errors import PythiagsError
from soak.record import read_record
from soak.report import MARKS, passed, write_report
from soak.world import Watch, World

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pythiags.testing import Fault

ROOT: Final = Path(__file__).parents[2]
EVERY: Final = 4.0  # seconds from one fault to the next, on average
PARTS: Final = 5  # of the time; at the end of each nothing befalls it
STILL: Final = 30.0  # seconds of that; the cameras have their own streams again after half of it


def soak(folder: Path, minutes: float, seed: int) -> None:
    """Do it, and write all that is to be judged."""
    folder.mkdir(parents=True)
    watch = Watch()
    world = World(folder, seed)
    try:
        world.await_all()
        world.show_all_streams()
        watch.start()
        start = time.monotonic()
        driver = {"seed": seed, "minutes": minutes, "start": start, "edits": {}, "late": []}
        (folder / "driver.json").write_text(json.dumps(driver))
        still: list[tuple[float, float]] = []
        begun: dict[Fault, float] = {}

        def told(fault: Fault, moment: str) -> None:
            now = time.monotonic()
            if moment == "begin":
                begun[fault] = now
                return
            with (folder / "faults").open("a") as file:
                file.write(json.dumps([fault.name, fault.target, begun.pop(fault), now]) + "\n")
            if world.process.poll() is not None:
                raise PythiagsError("the application has ended", hint=f"see {folder}/log")

        try:
            seconds = 60 * minutes / PARTS
            rest = min(STILL, seconds / 4)
            for part in range(PARTS):
                end = start + seconds * (part + 1)
                schedule = world.schedule(seed + part)
                schedule.play(schedule.plan(end - rest - time.monotonic(), every=EVERY), told=told)
                _sleep_until(end - rest)
                world.settle(told)
                still.append((time.monotonic(), end))
                _sleep_until(end)
            world.await_all()
        finally:
            code, left = world.end()
            driver |= {"code": code, "left": left, "late": watch.late, "sets": world.sets}
            driver |= {"still": still}
            driver |= {"failures": world.failures, "edits": world.edits, "added": world.added}
            (folder / "driver.json").write_text(json.dumps(driver))
    finally:
        watch.close()
        world.close()


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))


def judge(folder: Path, *, docs: bool) -> int:
    """Write the report of a run, and say what was found."""
    record = read_record(folder)
    text, found = write_report(record, folder)
    (folder / "report.md").write_text(f"# Soak\n\n{text}")
    for check in found:
        print(f"{MARKS[check.kept]:11} {check.what}: {check.measured} ({check.promised})")
    print(f"{folder}/report.md")
    if docs:
        text, _ = write_report(record, ROOT / "docs" / "images", prefix="images/soak-")
        (ROOT / "docs" / "soak.inc").write_text(text)
    return int(not passed(found))


def main(words: Sequence[str]) -> int:
    """Soak, or judge what was soaked before."""
    parser = argparse.ArgumentParser(prog="soak", description=__doc__.partition("\n")[0])
    parser.add_argument("minutes", type=float, nargs="?", help="how long; an hour says something")
    parser.add_argument("--seed", type=int, default=None, help="the same one: the same schedule")
    parser.add_argument("--folder", type=Path, help="of the run; it must not be there yet")
    parser.add_argument("--judge", type=Path, metavar="FOLDER", help="only judge an earlier run")
    parser.add_argument("--docs", action="store_true", help="write it into the documentation")
    given = parser.parse_args(words)
    if given.judge is not None:
        return judge(given.judge, docs=given.docs)
    if given.minutes is None or given.minutes < 1:
        parser.error("expected a number of minutes, 1 or more")
    seed = int(time.time()) % 100_000 if given.seed is None else given.seed
    folder = given.folder or ROOT / "build" / "soak" / f"{time.strftime('%Y%m%d-%H%M%S')}-{seed}"
    print(f"seed {seed}, into {folder}", flush=True)
    problem: PythiagsError | None = None
    try:
        soak(folder.absolute(), given.minutes, seed)
    except PythiagsError as error:
        problem = error
    code = judge(folder, docs=given.docs) if (folder / "driver.json").exists() else 2
    if problem is not None:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
