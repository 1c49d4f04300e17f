"""The pytest plugin: fixtures from ``batch`` to ``nothing_left``.

pytest loads it in every environment that has pythiags, so it imports nothing before a test asks for
one of its fixtures.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import os
    import subprocess
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from pythiags.extractors import ExtractorLike
    from pythiags.metadata import model
    from pythiags.testing.scripts import Step

__all__ = ["batch", "frames", "golden", "nothing_left", "replay", "run_script"]

_WRITTEN = pytest.StashKey["dict[Path, str]"]()  # golden files, with what --update-golden wrote


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--update-golden``."""
    parser.getgroup("pythiags").addoption(
        "--update-golden",
        action="store_true",
        help="Write what tests find into their golden files, instead of comparing it.",
    )


@pytest.fixture
def batch() -> Callable[..., model.BatchMeta]:
    """Return a function that makes a batch of scenes: ``batch(SceneFrame(...), ...)``.

    An extractor takes it in the place of a probe's info. Without frames it has one of a synthetic
    scene; ``batch(seed=7, objects=20)`` has another.
    """
    from pythiags.testing import make_batch, synthetic

    def make(*frames: Any, **options: Any) -> model.BatchMeta:
        if frames:
            _without_options(options)
            return make_batch(*frames)
        return make_batch(*synthetic(**{"seed": 0, **options, "buffers": 1})[0])

    return make


@pytest.fixture
def frames() -> Callable[..., list[model.FrameMeta]]:
    """Return a function that gives the frames of scenes, or of a recording, as views.

    ``frames(SceneFrame(...), ...)``, ``frames("run.jsonl")``, ``frames(seed=7, buffers=100)``.
    """
    from pathlib import Path

    from pythiags.gst.replay import read_metadata
    from pythiags.metadata import frames_of
    from pythiags.testing import make_batch, synthetic

    def make(*scenes: Any, **options: Any) -> list[model.FrameMeta]:
        if scenes:
            _without_options(options)
        if scenes and isinstance(scenes[0], (str, Path)):
            batches = [each for path in scenes for each in read_metadata(path)]
        elif scenes:
            batches = [make_batch(each) for each in scenes]
        else:
            batches = [make_batch(*each) for each in synthetic(**{"seed": 0, **options})]
        return [frame for each in batches for frame in frames_of(each)]

    return make


def _without_options(options: dict[str, Any]) -> None:
    if options:
        raise TypeError(f"{', '.join(options)}: only for synthetic scenes, and some were given")


@pytest.fixture
def replay() -> Callable[..., list[Any]]:
    """Return a function that plays a recording, or a script, to an extractor: its events.

    ``replay("run.jsonl", MyExtract)``, ``replay([SceneFrame(...), ...], MyExtract)``. It runs in a
    probe on a pad, as in a pipeline. An error of the extractor, or of the file, is raised.
    ``replay("run.jsonl", MyExtract, carrier="deepstream")`` plays a recording on another carrier:
    see ``pythiags.testing.carried_buffers``.
    """
    import os

    from pythiags.app import App
    from pythiags.testing import Collecting, carried_buffers, script

    def play(
        source: str | os.PathLike[str] | Sequence[Step],
        extractor: ExtractorLike,
        *,
        carrier: str = "portable",
    ) -> list[Any]:
        collected = Collecting()
        options: dict[str, Any] = {"on_error": "stop"}
        if isinstance(source, (str, os.PathLike)):
            app = App.from_buffers(carried_buffers(source, carrier), **options)
        elif carrier != "portable":
            raise TypeError(f"carrier={carrier!r}: only for recordings, and this is a script")
        elif not source:
            raise ValueError("there is nothing to play: expected a recording, or steps of a script")
        else:
            app = App.from_buffers(script(*source), **options)
        with app:
            app.attach("source", extractor, collected, on_full="block", max_consecutive_errors=0)
            app.run()
        return collected.events

    return play


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Return a function that compares a value with a golden file: ``golden(events)``.

    The file is ``golden/MODULE/TEST.json`` beside the test's; ``golden(events, "cars")`` is one of
    several of a test. A test of a class is ``CLASS.TEST``. ``pytest --update-golden`` writes what
    the tests find.
    """
    from pythiags.testing.golden import check_golden, text_of_golden

    folder: Path = request.path.parent / "golden" / request.path.stem
    _, *names = request.node.nodeid.partition("[")[0].split("::")  # a class before the test
    test = ".".join([*names[:-1], request.node.name])
    written = request.config.stash.setdefault(_WRITTEN, {})
    update = bool(request.config.getoption("--update-golden"))

    def check(value: Any, name: str | None = None) -> None:
        whole = test if name is None else f"{test}.{name}"
        path = folder / (re.sub(r"[^\w.=-]+", "-", whole).strip("-") + ".json")
        if update and written.setdefault(path, found := text_of_golden(value)) != found:
            raise ValueError(
                f"another value was written to {path} in this run: tell them apart, "
                "golden(value, NAME)"
            )
        check_golden(value, path, update=update)

    return check


@pytest.fixture
def run_script() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs a script as ``pythiags run``: ``run_script("app.py", "a.mp4")``.

    It gives ``returncode``, ``stdout`` and ``stderr``. After ``timeout=60`` seconds the script is
    ended; ``strict=True`` is ``--strict``. Other arguments, such as ``cwd``, are those of
    ``subprocess.run``.
    """
    import subprocess
    import sys

    def run(
        script: str | os.PathLike[str],
        *arguments: str | os.PathLike[str],
        timeout: float = 60,
        strict: bool = False,
        **settings: Any,
    ) -> subprocess.CompletedProcess[str]:
        told = [f"--timeout={timeout}", *(["--strict"] if strict else [])]
        words = [sys.executable, "-m", "pythiags", "run", *told, script, *arguments]
        defaults: dict[str, Any] = {"capture_output": True, "text": True, "check": False}
        return subprocess.run(words, **{**defaults, **settings})  # noqa: S603, PLW1510

    return run


@pytest.fixture(scope="session")
def _pythiags_is_warm() -> None:
    """GStreamer and Python open some things once and keep them."""
    from pythiags.app import App

    with App("videotestsrc num-buffers=1 ! fakesink name=sink") as app:
        app.attach("sink", lambda _pad, _info: [1], print)
        app.run()


@pytest.fixture
def nothing_left(_pythiags_is_warm: None) -> Iterator[None]:
    """Check that the test leaves no thread, process, descriptor or shared memory behind.

    For all tests of a module: ``pytestmark = pytest.mark.usefixtures("nothing_left")``.
    """
    from pythiags.testing import nothing_left as check

    with check():
        yield
