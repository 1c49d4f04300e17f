"""What accompanies a run if it is asked for: metrics, control socket, trace, edits of code."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from pythiags.checks import check_flag
from pythiags.errors import PythiagsError
from pythiags.redact import redact
from pythiags.tracing import Trace

if TYPE_CHECKING:
    from pythiags.app.attachment import Attachment
    from pythiags.app.control import Control
    from pythiags.app.live import LiveApp
    from pythiags.app.monitor import Monitor
    from pythiags.app.reload import Reloader
    from pythiags.app.run import Run
    from pythiags.app.stats import ReloadStats
    from pythiags.gst.pipeline import Pipeline
    from pythiags.gst.tracing import Tracing
    from pythiags.retry import RetryPolicy

__all__ = ["Services"]

LONGEST: Final = 60  # characters of a title


class Services:
    """Those that an App was asked for; each is imported only then.

    Args:
        app: Has yet to be started.
        attachments: Its attachments; more may come.
        origin: The file that the pipeline came from, if any, and its text.
        retry: As of ``App``.
        metrics: As of ``App``.
        control: As of ``App``.
        trace: As of ``App``.
        reload: As of ``App``.

    Raises:
        ConfigError: An option is out of range.
        MissingDependency: ``metrics`` need ``prometheus_client``, which is not installed.
    """

    def __init__(
        self,
        app: LiveApp,
        attachments: list[Attachment],
        origin: tuple[str, str],
        *,
        retry: RetryPolicy | None,
        metrics: int | str | None,
        control: bool,
        trace: bool,
        reload: bool,
    ) -> None:
        check_flag("control", control)
        check_flag("trace", trace)
        check_flag("reload", reload)
        self._traces = trace
        self._tracing: Tracing | None = None
        self._monitor: Monitor | None = None
        self._control: Control | None = None
        self._reloader: Reloader | None = None
        if metrics is not None:
            from pythiags.app.monitor import Monitor

            self._monitor = Monitor(metrics, app.stats, attachments, retry)
        if control:
            from pythiags.app.control import Control

            self._control = Control(app, _title(origin))
        if reload:
            from pythiags.app.reload import Reloader

            self._reloader = Reloader(attachments)

    @property
    def metrics_url(self) -> str | None:
        """Where ``/metrics`` is served, or None."""
        return self._monitor.url if self._monitor is not None else None

    def trace(self) -> Trace:
        """Return where the time of the pipeline goes.

        Raises:
            PythiagsError: Nobody asked for a trace.
        """
        if not self._traces:
            raise PythiagsError("nothing was traced", hint="make the App with trace=True")
        return self._tracing.read() if self._tracing is not None else Trace(0.0, (), ())

    def reloads(self) -> tuple[ReloadStats, ...]:
        """Return what became of the edits of each file that is watched."""
        return self._reloader.stats() if self._reloader is not None else ()

    def in_python(self, extractor: object) -> bool:
        """Whether an extractor has to be called in Python, since it can be loaded anew."""
        return self._reloader is not None and self._reloader.watches(extractor)

    def open(self, pipeline: Pipeline) -> None:
        """Begin, before the pipeline plays.

        Raises:
            ConfigError: The port is in use, or the control socket cannot be opened.
        """
        try:
            if self._monitor is not None:
                self._monitor.open(pipeline)
            if self._control is not None:
                self._control.open(pipeline.gst)
            if self._traces:
                self._tracing = pipeline.tracing()
                self._tracing.start()
            if self._reloader is not None:
                self._reloader.open()
        except BaseException:
            self.close()
            raise

    def follow(self, run: Run) -> None:
        """Take a run for the one that is reported."""
        if self._monitor is not None:
            self._monitor.follow(run)

    def look(self, now: float) -> None:
        """See whether anything moves; the run's thread calls it again and again."""
        if self._monitor is not None:
            self._monitor.look(now)

    def keep_trace(self) -> None:
        """End the trace, before the pipeline goes down: its elements have their caps still."""
        if self._tracing is not None:
            self._tracing.stop()

    def close(self) -> None:
        """End, when the pipeline and all workers are down. May be called more than once."""
        with ExitStack() as stack:  # each, even if another one raises
            stack.callback(self.keep_trace)
            for service in (self._monitor, self._control, self._reloader):
                if service is not None:
                    stack.callback(service.close)


def _title(origin: tuple[str, str]) -> str:
    file, text = origin
    title = file or " ".join(redact(text).split())
    return title if len(title) <= LONGEST else f"{title[: LONGEST - 1]}…"
