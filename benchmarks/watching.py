"""What it costs to watch a run: --metrics, scraped once a second, and --trace.

Each run is a program of its own. What is compared is the processor time of a frame, from the start
of the stream on: it is the inverse of the frame rate where a pipeline keeps its thread busy, and
depends little on what else the machine does. A run takes some seconds: to start the server and to
make the table at the end takes some 50 ms, which are no cost of a frame.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, Final
from urllib.request import urlopen

from rows import Row, medians, report

import pythiags

if TYPE_CHECKING:
    from collections.abc import Callable

FRAMES: Final = 2_500
PUSHES: Final = 20_000
ELEMENTS: Final = 10
ROUNDS: Final = 7
SCRAPE_EVERY: Final = 1.0  # seconds; Prometheus's own default is 60
VIDEO: Final = (
    f"videotestsrc num-buffers={FRAMES} ! video/x-raw,width=1280,height=720,format=I420 "
    "! videoconvert ! video/x-raw,format=RGB ! identity name=at ! fakesink"
)
EMPTY: Final = f"fakesrc num-buffers={PUSHES} ! {'identity ! ' * ELEMENTS} fakesink"
WATCHED: Final[dict[str, dict[str, Any]]] = {
    "bare": {},
    "metrics": {"metrics": 0},
    "trace": {"trace": True},
}


def extract(_pad: object, info: Any) -> list[int]:
    """Return when the buffer is to be shown."""
    return [info.get_buffer().pts]


def play(text: str, options: dict[str, Any]) -> None:
    """Run a pipeline and print its processor time in seconds; the program that `measure` starts."""
    with pythiags.App(text, **options) as app:
        if text == VIDEO:
            app.attach("at", extract, lambda _events: None, worker="thread")
        app.start()
        begin = time.process_time()
        print(app.metrics_url or "", flush=True)
        app.join()
        print(time.process_time() - begin)


def measure(text: str, name: str) -> float:
    """Run a pipeline in a program of its own, and scrape its metrics if there are any."""
    words = [sys.executable, __file__, text, name]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        url = program.stdout.readline().strip()
        while url and program.poll() is None:
            try:
                with urlopen(f"{url}/metrics") as answer:
                    answer.read()
            except OSError:  # it has just ended
                break
            time.sleep(SCRAPE_EVERY)
        return float(program.stdout.read())


def main() -> None:
    """Let the contestants take turns."""

    def run(text: str, name: str) -> Callable[[], float]:
        return lambda: measure(text, name)

    cpu = medians({name: run(VIDEO, name) for name in WATCHED}, ROUNDS)
    push = medians({name: run(EMPTY, name) for name in ("bare", "trace")}, ROUNDS)
    note = (
        f"processor time of a frame, 1280x720, one extractor; machine with {os.cpu_count()} cores"
    )
    each = (push["trace"] - push["bare"]) / PUSHES / (ELEMENTS + 1)
    report(
        [
            Row(
                "--metrics, scraped once a second: of the frame rate",
                100 * (cpu["metrics"] / cpu["bare"] - 1),
                "%",
                1,
                note=note,
            ),
            Row(
                "--trace: of the frame rate",
                100 * (cpu["trace"] / cpu["bare"] - 1),
                "%",
                3,
                note=note,
            ),
            Row(
                "… what a buffer costs at each element",
                each * 1e9,
                "ns",
                note=f"{ELEMENTS} elements that do nothing",
            ),
        ]
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        play(sys.argv[1], WATCHED[sys.argv[2]])
    else:
        main()
