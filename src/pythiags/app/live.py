"""An App while it plays: its counters and messages, its properties and sources, its end."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any

from pythiags import portable
from pythiags.app.run import Run
from pythiags.app.signals import handled, wait
from pythiags.app.sinks import display_sink, prepare_sinks
from pythiags.app.stats import AppStats, Summary
from pythiags.errors import ConfigError, PythiagsError
from pythiags.gst.binding import UnfitValue, set_now
from pythiags.gst.bus import BusMessage
from pythiags.gst.forks import refuse_after_fork
from pythiags.gst.pads import find_target
from pythiags.gst.pipeline import PipelineState

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from pythiags.app.attachment import Attachment
    from pythiags.app.messages import Messages
    from pythiags.app.services import Services
    from pythiags.gst import Gst
    from pythiags.gst.pipeline import Pipeline
    from pythiags.tracing import Trace

__all__ = ["LiveApp"]


class LiveApp:
    """The part of ``App`` that concerns its run, however the App was made."""

    _pipeline: Pipeline | None
    _attachments: list[Attachment]
    _run: Run | None
    _shared: threading.Event
    _signal: int | None
    _messages: Messages
    _services: Services
    _timeout: float | None
    _drain_timeout: float

    def __repr__(self) -> str:
        """Return the state, the frames, and the events of each attachment."""
        parts = [self.state.value]
        if self._run is not None and self._pipeline is not None:
            parts.append(f"{self._pipeline.frames()} frames")
        for each in self._attachments:
            channel = each.stats().channel
            parts.append(f"{each.name}: {channel.delivered} of {channel.produced} delivered")
        return f"<App {', '.join(parts)}>"

    @property
    def pipeline(self) -> Gst.Pipeline:
        """The ``Gst.Pipeline``, until ``close()``."""
        self._shared.set()
        return self._built().gst

    @property
    def display_sink(self) -> Gst.Element | None:
        """The appsink named ``pythiags``, if there is one."""
        return display_sink(self._built().gst)

    def run(self) -> Summary:
        """Play to the end, and deliver every event that was produced.

        In the main thread, SIGINT, SIGTERM and SIGHUP are handled: the first ends the run and
        delivers pending events for up to ``drain_timeout`` seconds, the second ends it at once.
        After the end of the stream, the first ends it at once. Ignored signals, such as SIGHUP
        under nohup, stay ignored.

        Returns:
            The summary. A signal is not an error, see ``Summary.exit_code``.

        Raises:
            StreamError: An element reported an error, no frame came (``NoFramesError``), or a live
                source was lost (``SourceLost``, ``RetriesExhausted``).
            UserCodeError: A consumer cannot be opened, or raised with ``on_error="stop"``.
            WorkerDied: A consumer's process died repeatedly.
            DrainTimeout: A consumer did not finish in time.
        """
        with self.signals_handled():
            self.start()
            return self._join()

    def signals_handled(self) -> AbstractContextManager[None]:
        """Handle SIGINT, SIGTERM and SIGHUP as ``run()`` does, for another main loop.

        ::

            with app.signals_handled():
                app.start()
                run_the_other_main_loop()
                app.join()
        """
        return handled(self._on_signal)

    def start(self) -> None:
        """Start playing, and return.

        Raises:
            StreamError: An element cannot start.
            UserCodeError: A consumer cannot be opened.
            ConfigError: The control socket cannot be opened.
            PythiagsError: The App was started before.
        """
        if self._run is not None:
            raise PythiagsError("an App runs only once: create another one")
        refuse_after_fork()
        pipeline = self._built()
        prepare_sinks(pipeline.gst, self._shared.is_set)
        self._services.open(pipeline)
        run = self._run = Run(
            pipeline,
            self._attachments,
            timeout=self._timeout,
            drain_timeout=self._drain_timeout,
            publish=self._messages.publish,
            services=self._services,
        )
        self._services.follow(run)
        if self._signal is not None:  # it came before there was a run to end
            run.stop(0.0)
        run.start()
        wait(run.playing)
        if run.error is not None and wait(run.over, self._drain_timeout):
            raise run.error

    def join(self, timeout: float | None = None) -> Summary:
        """Wait for the end of the run that ``start()`` began.

        Raises:
            TimeoutError: The run did not end within ``timeout`` seconds.
            PythiagsError: Called by an extractor, a consumer or a subscriber.
            StreamError: And any other error that ``run()`` raises.
        """
        return self._join(timeout)

    def stop(self, drain: float | bool = True) -> Summary | None:
        """End the run.

        Args:
            drain: How long to deliver pending events: True: until all are delivered, False: not at
                all, or a number of seconds.

        Returns:
            The summary; None if the App was not started, or if an extractor, a consumer or a
            subscriber calls this, since the end waits for them.

        Raises:
            StreamError: And any other error that ``run()`` raises.
        """
        run = self._run
        if run is None or sys.is_finalizing():  # at the interpreter's exit no other thread runs
            return None
        run.stop(math.inf if drain is True else float(drain))
        return None if run.is_awaited_by_caller() else self._join()

    def close(self) -> None:
        """End the run at once, and release the pipeline. May be called more than once."""
        if sys.is_finalizing():
            return
        if self._run is not None:
            self._run.stop(0.0)
            if not self._run.is_awaited_by_caller():
                wait(self._run.over)
        elif self._pipeline is not None:
            for attachment in self._attachments:
                attachment.close()
            self._pipeline.stop()
        self._messages.close()
        self._pipeline = None

    def pause(self) -> None:
        """Pause the pipeline."""
        self._built().pause()

    def resume(self) -> None:
        """Resume after ``pause()``."""
        self._built().resume()

    def set(self, element: str, name: str, value: object) -> None:
        """Set a property of an element, also while it plays.

        ::

            app.set("pgie", "interval", 2)

        Args:
            element: The element's name, or ``element.pad``.
            name: Of the property; of a child of the element as ``sink_0::alpha``.
            value: As for a template variable: a number, a text that GStreamer reads, and so on.

        Raises:
            DescriptionError: No such element or pad.
            ConfigError: No such property, the value does not fit, or the property cannot be changed
                in the element's state. Nothing was changed.
        """
        try:
            set_now(find_target(self._built().gst, element), name, value)
        except UnfitValue as unfit:
            raise ConfigError(
                str(unfit), where=f"{element}.{name}", hint=unfit.hint or None
            ) from None

    def add_source(self, uri: str, *, name: str | None = None) -> str:
        """Add a source to ``nvstreammux`` while the pipeline plays.

        The frames of the source have the lowest free ``source_id``. ``batch-size`` of the mixer
        does not change. If the source fails, the others go on: it is started again if the App has
        a ``retry`` and the source is live; see ``AppStats.sources``.

        Args:
            uri: What ``uridecodebin`` reads.
            name: Of the source; by default ``source0``, ``source1`` and so on.

        Returns:
            The name.

        Raises:
            ConfigError: The name is taken, no element reads such a URI, or the mixer takes no
                further source.
            DescriptionError: There is not one ``nvstreammux``.
            StreamError: It cannot be started.
            PythiagsError: The App does not play, or another source hangs while it is added.
        """
        branches = self._playing().branches
        portable.install(["nvvideoconvert", "nvv4l2decoder"])
        return branches.add(uri, name)

    def remove_source(self, name: str) -> None:
        """Remove a source from ``nvstreammux`` while the pipeline plays.

        Args:
            name: What ``add_source()`` returned, or the name of a source of the description.

        Raises:
            ConfigError: No source of that name feeds the mixer.
            DescriptionError: There is not one ``nvstreammux``.
            PythiagsError: The App does not play, or an element hangs: of this source, or of another
                one that is being added.
        """
        self._playing().branches.remove(name)

    def stats(self) -> AppStats:
        """Return all counters; may be called at any time, from any thread."""
        pipeline, run = self._pipeline, self._run
        return AppStats(
            state=self.state,
            elapsed=run.elapsed if run is not None else 0.0,
            played=run.played if run is not None else 0.0,
            draining=run.draining if run is not None else 0.0,
            frames=pipeline.frames() if pipeline is not None else 0,
            position=pipeline.position() if pipeline is not None else None,
            duration=pipeline.duration() if pipeline is not None else None,
            attachments=tuple(attachment.stats() for attachment in self._attachments),
            sources=pipeline.sources() if pipeline is not None else (),
            reloads=self._services.reloads(),
        )

    def trace(self) -> Trace:
        """Return where the time of the pipeline goes; may be called at any time, from any thread.

        ::

            with App.from_file("demo.gstp", batch_size=1, trace=True) as app:
                app.run()
                print(app.trace())
                app.trace().save("demo.svg")

        Raises:
            PythiagsError: The App was made without ``trace=True``.
        """
        return self._services.trace()

    @property
    def metrics_url(self) -> str | None:
        """Where ``/metrics`` and ``/healthz`` are served, as ``http://127.0.0.1:9464``, or None."""
        return self._services.metrics_url

    @property
    def state(self) -> PipelineState:
        """The state of the run."""
        if self._run is not None and self._run.over.is_set():
            return PipelineState.FAILED if self._run.error is not None else PipelineState.STOPPED
        if self._run is not None and self._run.ending:
            return PipelineState.DRAINING
        return self._pipeline.state if self._pipeline is not None else PipelineState.STOPPED

    def subscribe(
        self, callback: Callable[[Any], object], kind: type[BusMessage] = BusMessage
    ) -> Callable[[], None]:
        """Call ``callback`` with each bus message of one kind, in the run's thread.

        Returns:
            A function that ends the subscription.

        Raises:
            UserCodeError: It is a coroutine function or a generator function.
        """
        return self._messages.subscribe(callback, kind)

    def poll(self) -> list[BusMessage]:
        """Return the bus messages since the last call, at most 1000: for another main loop."""
        return self._messages.poll()

    def _built(self) -> Pipeline:
        if self._pipeline is None:
            raise PythiagsError("the app is closed")
        return self._pipeline

    def _playing(self) -> Pipeline:
        if self._run is None:
            raise PythiagsError("the app does not play", hint="call start() first")
        pipeline = self._pipeline
        if pipeline is None or self._comes_down(self._run, pipeline):
            raise PythiagsError(
                "the app does not play", hint="the run is ending or over: create another App"
            )
        return pipeline

    def _comes_down(self, run: Run, pipeline: Pipeline) -> bool:
        """Whether the end has begun, an error's included."""
        failed = run.error is not None or pipeline.error is not None
        state = pipeline.state
        return failed or run.ending or state is PipelineState.DRAINING or state.final

    def _join(self, timeout: float | None = None) -> Summary:
        run = self._run
        if run is None:
            raise PythiagsError("the app has not been started")
        run.wait_for_the_end(timeout)
        reason = "signal" if self._signal else run.reason
        return Summary(**vars(self.stats()), reason=reason, signal=self._signal)

    def _on_signal(self, number: int) -> None:
        self._signal = number
        if self._run is not None:
            self._run.stop(0.0 if self._run.ending else self._drain_timeout)
