"""Figures in the documentation are those of the code."""

from pathlib import Path

import pytest

from pythiags import AttachOptions, RetryPolicy
from pythiags.app.attach_options import descriptions
from pythiags.app.cost import ENOUGH_BUFFERS, READ_INTERVAL, WINDOW
from pythiags.app.drain import DRAIN_TIMEOUT
from pythiags.retry import SILENCE
from pythiags.workers import crew, deadletters, feeder, shared

DOCS = Path(__file__).parent.parent / "docs"
WORDS = {2: "two", 3: "three", 5: "five", 10: "ten"}
MEMORY = f"{AttachOptions.queue_size:,} events or {AttachOptions.queue_bytes >> 20} MiB"
ON_DISK = f"{AttachOptions.spill_bytes >> 30} GiB"


@pytest.mark.parametrize(
    ("page", "figure"),
    [
        ("howto/slow-consumer.md", MEMORY),
        ("howto/slow-consumer.md", f"up to {ON_DISK}"),
        ("howto/slow-consumer.md", f"`{AttachOptions.on_full}` (the default)"),
        ("caveats.md", f"default of {AttachOptions.queue_size:,} events"),
        ("howto/slow-consumer.md", f"takes at most {DRAIN_TIMEOUT:g} seconds"),
        ("howto/slow-consumer.md", f"last {WORDS[READ_INTERVAL * (WINDOW - 1)]} seconds"),
        ("design.md", f"for a second and {ENOUGH_BUFFERS} buffers"),
        ("howto/cameras.md", f"`stall_timeout` ({RetryPolicy.stall_timeout:g} s)"),
        ("howto/cameras.md", f"`start_timeout` ({RetryPolicy.start_timeout:g} s)"),
        ("howto/cameras.md", f"`backoff` ({RetryPolicy.backoff:g} s)"),
        ("howto/cameras.md", f"`max_backoff` ({RetryPolicy.max_backoff:g} s)"),
        ("howto/cameras.md", f"`retry_timeout` ({RetryPolicy.retry_timeout / 60:g} minutes)"),
        ("howto/cameras.md", f"a warning after {SILENCE:g} s"),
        ("howto/workers.md", f"{shared.SHM_BYTES >> 20} MiB in all"),
        ("howto/workers.md", f"After {WORDS[feeder.DELIVERIES]} deaths of one event"),
        ("design.md", f"at most {WORDS[feeder.DELIVERIES]} times in all"),
        ("howto/workers.md", f"{deadletters.FILE_BYTES >> 20} MiB at most"),
        ("caveats.md", f"{deadletters.FILE_BYTES >> 20} MiB at most"),
        ("howto/workers.md", f"More than {WORDS[crew.MAX_DEATHS]} deaths within a minute"),
        ("howto/workers.md", f"from one to {WORDS[crew.MAX_DELAY]} seconds"),
        ("howto/workers.md", f"within {WORDS[crew.EXIT_PATIENCE]} seconds after `close()`"),
    ],
)
def test_a_page_tells_the_figure_of_the_code(page, figure):
    assert figure in " ".join((DOCS / page).read_text(encoding="utf-8").split())


def test_half_of_the_frame_time_is_the_default():
    page = (DOCS / "howto/slow-consumer.md").read_text(encoding="utf-8")
    assert ("exceeds half of the frame time" in page) == (AttachOptions.warn_share == 0.5)


def test_an_option_tells_the_figures_of_the_workers():
    deaths = f"more than {crew.MAX_DEATHS} times in {crew.DEATHS_WINDOW:g} s"
    assert deaths in descriptions()["on_worker_death"]
    assert f"{ENOUGH_BUFFERS} frames" in descriptions()["warn_share"]
