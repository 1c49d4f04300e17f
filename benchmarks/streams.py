"""What a live stream with an attachment costs in an App that has 8 of them, and in one that has 64.

Each App is a program of its own and has all cores, which it leaves idle for most of the time. CPU
seconds and buffers are those of a window in the steady state; memory is what the program holds
resident at its end, and what a stream adds to it is seen against fewer streams.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

from rows import Row, medians, report

import pythiags

SETTLE, WINDOW = 3.0, 6.0  # seconds
FEW, MANY = 8, 64
ROUNDS = 3
FLAT = 1.15
STREAM = (
    "videotestsrc is-live=true name=s{number} ! video/x-raw,width=320,height=240,framerate=10/1 "
    "! identity name=stream{number} ! fakesink sync=false"
)


class Extract(pythiags.Extractor):
    """An event a buffer."""

    def extract_metadata(self, _pad: object, info: object) -> list[dict[str, int]]:
        """Return when the buffer is to be shown."""
        return [{"pts": info.get_buffer().pts}]


class Consume(pythiags.Consumer):
    """Takes events and does nothing."""

    def incoming(self, _events: object) -> None:
        """Take them."""


def resident() -> float:
    """MB of this process in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def used() -> float:
    """CPU seconds of this process until now."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def play(streams: int) -> None:
    """Run so many streams and print what they cost; the program that `measure` starts."""
    text = " ".join(STREAM.format(number=number) for number in range(streams))
    with pythiags.App(text) as app:
        for number in range(streams):
            app.attach(f"stream{number}", Extract, Consume, worker="thread")
        app.start()

        def buffers() -> int:
            return sum(each.extraction.buffers for each in app.stats().attachments)

        time.sleep(SETTLE)
        begin, before = used(), buffers()
        time.sleep(WINDOW)
        cpu, count = used() - begin, buffers() - before
        rate = count / WINDOW / streams
        print(json.dumps({"cpu": cpu * 1000 / count, "memory": resident(), "rate": rate}))
        app.stop()


def measure(streams: int) -> dict[str, float]:
    """Run so many streams in a program of their own."""
    words = [sys.executable, __file__, str(streams)]
    done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def main() -> None:
    """Let Apps of one, few and many streams take turns."""
    figures: dict[int, list[dict[str, float]]] = {1: [], FEW: [], MANY: []}

    def run(streams: int) -> float:
        figures[streams].append(measure(streams))
        return figures[streams][-1]["cpu"]

    cpu = medians({str(n): lambda n=n: run(n) for n in figures}, ROUNDS)
    low = {n: sorted(each["memory"] for each in runs)[ROUNDS // 2] for n, runs in figures.items()}
    first = (low[FEW] - low[1]) / (FEW - 1)
    later = (low[MANY] - low[FEW]) / (MANY - FEW)
    slowest = min(each["rate"] for each in figures[MANY])
    live = f"{MANY} live streams of 10 fps with an attachment each"
    note = f"both cores, worker='thread'; every stream kept {slowest:.1f} fps"
    report(
        [
            Row(f"CPU per 1,000 buffers, {FEW} streams", cpu[str(FEW)], "s"),
            Row(f"CPU per 1,000 buffers, {live}", cpu[str(MANY)], "s", note=note),
            Row(
                f"… CPU, {MANY} against {FEW}",
                cpu[str(MANY)] / cpu[str(FEW)],
                "of it",
                FLAT,
            ),
            Row(f"memory per added stream, up to {FEW}", first, "MB"),
            Row(f"memory per added stream, from {FEW} to {MANY}", later, "MB"),
            Row("… memory, later against earlier", later / first, "of it", FLAT),
        ]
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        play(int(sys.argv[1]))
    else:
        main()
