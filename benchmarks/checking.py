"""How the time of a check grows with the length of a pipeline: twice the lines, twice the time."""

from __future__ import annotations

import time
from functools import partial

from rows import Row, medians, report

from pythiags.description import Description
from pythiags.gst.check import check

SIZES = (1_000, 2_500, 5_000, 10_000)
ROUNDS = 3


def seconds(lines: int) -> float:
    """Read and check a pipeline of one element a line; CPU time."""
    middle = "".join(
        f"! queue max-size-buffers={1 + n % 9}\n! identity name=i{n}\n"
        for n in range(lines // 2 - 1)
    )
    text = f"videotestsrc\n{middle}! fakesink\n"
    begin = time.process_time()
    problems = check(Description(text))
    took = time.process_time() - begin
    if problems:
        raise RuntimeError(problems[0].message)
    return took


def main() -> None:
    """Let all sizes take turns."""
    seconds(10)  # what is looked up once
    took = medians({str(size): partial(seconds, size) for size in SIZES}, ROUNDS)
    for size in SIZES[:-1]:
        report([Row(f"check of {size:,} lines", took[str(size)], "s")])
    longest, half = took[str(SIZES[-1])], took[str(SIZES[-2])]
    report([Row(f"check of {SIZES[-1]:,} lines", longest, "s", 5)])
    report([Row("the same, of half the lines", longest / half, "times", 2.4)])


if __name__ == "__main__":
    main()
