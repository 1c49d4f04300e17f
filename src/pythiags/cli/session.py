"""From the options of a command to a run: the App, its attachments, the window, the summary."""

from __future__ import annotations

import gc
import logging
import sys
from dataclasses import dataclass
from signal import Signals
from typing import TYPE_CHECKING, Any

from pythiags.app import App, AttachOptions
from pythiags.app.sinks import empty_sinks
from pythiags.cli.loading import load
from pythiags.cli.progress import progress
from pythiags.cli.report import summarize, tell_trace
from pythiags.errors import (
    DescriptionError,
    MissingDependency,
    NoDisplayError,
    PythiagsError,
    UserCodeError,
    WorkerDied,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from pythiags.app import Summary
    from pythiags.cli.options import Pair, RunOptions, Session
    from pythiags.description import Description

__all__ = ["Wanted", "play", "replay", "wanted_by"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wanted:
    """Something to attach.

    Attributes:
        element: The element to observe.
        extractor: What the App takes for one.
        consumers: The same; they share the extractor.
        origins: The options that named the extractor and each consumer, for messages.
    """

    element: str
    extractor: Any
    consumers: Sequence[Any]
    origins: Sequence[str] = ()


def wanted_by(pairs: Iterable[Pair]) -> list[Wanted]:
    """Import what the options name.

    Raises:
        UserCodeError: Something cannot be imported.
    """
    return [
        Wanted(
            pair.element,
            load(pair.extractor, "--ext"),
            [load(each, "--proc") for each in pair.consumers],
            [f"--ext={pair.extractor} --proc={each}" for each in pair.consumers],
        )
        for pair in pairs
    ]


def _attach_options(options: RunOptions) -> dict[str, Any]:
    """Return the options of ``attach``: ``--key`` names an attribute, or a function to import.

    Raises:
        UserCodeError: There is no such function.
    """
    attach_options = dict(options.attach)
    if ":" in attach_options.get("key", ""):
        attach_options["key"] = load(attach_options["key"], "--key")
    return attach_options


def play(
    description: Description, wanted: Sequence[Wanted], options: RunOptions, session: Session
) -> int:
    """Run a description as the options say.

    Returns:
        The exit code, 0, or 130 and 143 after a signal.

    Raises:
        PythiagsError: It cannot be built or shown, or the stream failed.
    """

    def make() -> App:
        own = _app_options(options)
        own |= {name: getattr(options, name) for name in ("retry", "metrics", "control", "reload")}
        own["trace"] = options.trace is not None
        return App(description, **own)

    return _play(make, wanted, options, session)


def replay(
    path: Path, carrier: str, wanted: Sequence[Wanted], options: RunOptions, session: Session
) -> int:
    """Play a recording of metadata as the options say, on a carrier that can be made in memory.

    Returns:
        The exit code, 0, or 130 and 143 after a signal.

    Raises:
        PythiagsError: It cannot be read, or what it is played to has failed.
    """

    def make() -> App:
        if carrier == "portable":
            return App.from_recording(path, **_app_options(options))
        from pythiags.testing import carried_buffers

        return App.from_buffers(carried_buffers(path, carrier), **_app_options(options))

    return _play(make, wanted, options, session)


def _app_options(options: RunOptions) -> dict[str, Any]:
    return {
        "timeout": options.timeout,
        "on_error": options.on_error,
        "drain_timeout": options.drain_timeout,
    }


def _play(
    make: Callable[[], App], wanted: Sequence[Wanted], options: RunOptions, session: Session
) -> int:
    attach_options = _attach_options(options)
    gc.freeze()
    gc.enable()  # `main` has turned it off
    with make() as app:
        for each in wanted:
            _attach(app, each, attach_options)
        window = _wants_window(app, options, session)
        empty_sinks(app.pipeline)
        try:
            with progress(app):
                summary = _run_in_window(app, session) if window else app.run()
        except PythiagsError as error:
            if isinstance(error, (UserCodeError, WorkerDied)):
                _name_options(error, app, wanted)
            stats = app.stats()
            produced = any(each.channel.produced for each in stats.attachments)
            if produced or any(source.losses for source in stats.sources):
                _summarize(app, type(error).__name__, options, session)
            _tell_trace(app, options, session)
            raise
        reason = Signals(summary.signal).name if summary.signal else summary.reason
        _summarize(app, reason, options, session)
        _tell_trace(app, options, session)
        return int(summary.exit_code)


def _name_options(error: PythiagsError, app: App, wanted: Sequence[Wanted]) -> None:
    """Have an error of a worker name the options that brought its consumer."""
    origins = [origin for each in wanted for origin in each.origins]
    for origin, stats in zip(origins, app.stats().attachments, strict=False):
        if error.where in {lane.name for lane in stats.lanes}:
            error.where = origin


def _summarize(app: App, reason: str, options: RunOptions, session: Session) -> None:
    sys.stdout.flush()  # what the consumers printed comes before what we say about it
    on_full = str(options.attach.get("on_full", AttachOptions.on_full))
    summarize(app.stats(), reason, on_full, json_lines=session.json_lines)


def _tell_trace(app: App, options: RunOptions, session: Session) -> None:
    if options.trace is not None and app.trace().seconds:
        tell_trace(app.trace(), options.trace, json_lines=session.json_lines)


def _attach(app: App, wanted: Wanted, attach_options: dict[str, Any]) -> None:
    try:
        app.attach(wanted.element, wanted.extractor, wanted.consumers, **attach_options)
    except DescriptionError as error:
        error.where = f"--obs={wanted.element}"
        raise
    except PythiagsError as error:
        error.where = " ".join(dict.fromkeys(" ".join(wanted.origins).split())) or error.where
        raise


def _wants_window(app: App, options: RunOptions, session: Session) -> bool:
    """Return whether to open a window; report what is impossible before anything runs."""
    if options.display == "none" or (options.display == "auto" and app.display_sink is None):
        return False
    from pythiags.kivy import load_kivy

    if app.display_sink is None:
        raise DescriptionError(
            "there is no appsink named pythiags for the window to show",
            hint="end the pipeline with `videoconvert ! appsink name=pythiags "
            "caps=video/x-raw,format=RGBA`, or leave out --display=kivy",
        )
    try:
        load_kivy(session.kivy_words)
    except (NoDisplayError, MissingDependency) as error:
        # Who attached something has a use for the run without seeing it.
        if options.display == "kivy" or not app.stats().attachments:
            raise
        logger.warning("no window: %s; continuing without one", error.got or error.message)
        return False
    return True


def _run_in_window(app: App, session: Session) -> Summary:
    from pythiags.kivy import run_window

    with app.signals_handled():
        run_window(app, session.kivy_words)
        return app.join()
