"""App: a pipeline, its extractors and its consumers."""

from __future__ import annotations

import math
import sys
import threading
from typing import TYPE_CHECKING, Any, get_args, overload

from pythiags import portable
from pythiags.app.arguments import described, origin_of
from pythiags.app.attach_options import AttachOptions
from pythiags.app.attachment import Attachment, attached
from pythiags.app.drain import DRAIN_TIMEOUT
from pythiags.app.messages import Messages
from pythiags.app.run import Run
from pythiags.app.signals import handled, wait
from pythiags.app.sinks import display_sink, prepare_sinks
from pythiags.app.stats import AppStats, Summary
from pythiags.checks import check_choice, check_seconds, shown
from pythiags.description import Description
from pythiags.errors import ConfigError, PythiagsError
from pythiags.gst.binding import UnfitValue, set_now
from pythiags.gst.bus import BusMessage
from pythiags.gst.feed import FED
from pythiags.gst.forks import refuse_after_fork
from pythiags.gst.pads import find_target
from pythiags.gst.pipeline import Pipeline, PipelineState
from pythiags.retry import RetryPolicy
from pythiags.usercode import OnError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Sequence
    from contextlib import AbstractContextManager
    from types import TracebackType

    from pythiags.app.monitor import Monitor
    from pythiags.channel.bounds import Leftovers, OnFull
    from pythiags.consumers import ConsumerLike
    from pythiags.extractors import ExtractorLike
    from pythiags.gst import Gst
    from pythiags.gst.feed import Stall
    from pythiags.workers.worker import OnWorkerDeath, WorkerKind

__all__ = ["App"]


class App:
    """A pipeline with extractors and consumers. An App runs once.

    ::

        with App.from_file("demo.gstp", batch_size=4) as app:
            app.attach("pgie", MyExtractor, MyConsumer)
            app.run()

    Args:
        description: The pipeline's text in gst-launch syntax, or a ``Description``.
        timeout: Seconds after which the run ends as at the end of the stream; None: no limit. The
            start, including the consumers' ``open``, may take as long, but at least 5 s.
        on_error: What to do when an extractor or a consumer raises: ``"continue"`` counts and logs
            it; ``"stop"`` ends the run at the first error of a consumer, or when an extractor fails
            more than ``max_consecutive_errors`` times in a row (see ``attach()``).
        drain_timeout: Seconds to deliver pending events after a signal or an error. After a
            timeout: seconds that a consumer may take without finishing an event.
        retry: How live sources, such as cameras, are started again when they are lost; None: they
            stay lost, and the run ends with ``SourceLost``.
        metrics: Where the run serves ``/metrics`` for Prometheus and ``/healthz``: ``PORT`` or
            ``HOST:PORT``; without a host only this machine can connect. None: nowhere.
        variables: Values of the template variables; a Description has its own.

    Raises:
        DescriptionError: The text cannot be built.
        ConfigError: An option is out of range, or variables were passed with a Description.
        MissingDependency: ``metrics`` need ``prometheus_client``, which is not installed.
    """

    @overload
    def __init__(
        self,
        description: Description,
        *,
        timeout: float | None = None,
        on_error: OnError = "continue",
        drain_timeout: float = DRAIN_TIMEOUT,
        retry: RetryPolicy | None = None,
        metrics: int | str | None = None,
    ) -> None: ...

    @overload
    def __init__(
        self,
        description: str,
        *,
        timeout: float | None = None,
        on_error: OnError = "continue",
        drain_timeout: float = DRAIN_TIMEOUT,
        retry: RetryPolicy | None = None,
        metrics: int | str | None = None,
        **variables: object,
    ) -> None: ...

    def __init__(
        self,
        description: str | Description,
        *,
        timeout: float | None = None,
        on_error: OnError = "continue",
        drain_timeout: float = DRAIN_TIMEOUT,
        retry: RetryPolicy | None = None,
        metrics: int | str | None = None,
        **variables: object,
    ) -> None:
        check_choice(f"unknown on_error: {on_error!r}", on_error, get_args(OnError))
        check_seconds("timeout", math.inf if timeout is None else timeout)
        check_seconds("drain_timeout", drain_timeout)
        if retry is not None and not isinstance(retry, RetryPolicy):
            raise ConfigError("invalid retry", expected="a RetryPolicy", got=shown(retry))
        description = described(description, variables, App.__init__.__kwdefaults__ or ())
        portable.install(element.factory for element in description.graph.elements)
        self._origin = origin_of(description)
        self._pipeline: Pipeline | None = Pipeline(description, retry)
        self._timeout = timeout
        self._on_error: OnError = on_error
        self._drain_timeout = drain_timeout
        self._attachments: list[Attachment] = []
        self._run: Run | None = None
        self._shared = threading.Event()  # set once the program has the pipeline and its appsinks
        self._signal: int | None = None
        self._messages = Messages()
        self._monitor = self._make_monitor(metrics, retry)

    @classmethod
    def from_file(
        cls,
        path: str | os.PathLike[str],
        *,
        timeout: float | None = None,
        on_error: OnError = "continue",
        drain_timeout: float = DRAIN_TIMEOUT,
        retry: RetryPolicy | None = None,
        metrics: int | str | None = None,
        **variables: object,
    ) -> App:
        """Create an App from a description file.

        Args:
            path: The file.
            timeout: As for the constructor. If a variable has the name of an option, use
                ``App(Description.from_file(path, ...))``.
            on_error: As for the constructor.
            drain_timeout: As for the constructor.
            retry: As for the constructor.
            metrics: As for the constructor.
            variables: Values of the template variables.

        Raises:
            DescriptionError: The file cannot be read or built.
        """
        return cls(
            Description.from_file(path, **variables),
            timeout=timeout,
            on_error=on_error,
            drain_timeout=drain_timeout,
            retry=retry,
            metrics=metrics,
        )

    @classmethod
    def from_recording(
        cls,
        path: str | os.PathLike[str],
        *,
        timeout: float | None = None,
        on_error: OnError = "continue",
        drain_timeout: float = DRAIN_TIMEOUT,
    ) -> App:
        """Create an App that plays a recording of metadata, with neither its video nor its plugins.

        ::

            with App.from_recording("run.jsonl") as app:
                app.attach("source", MyExtractor, MyConsumer)
                app.run()

        Each buffer has the recorded metadata, as portable metadata, and its time; it has no
        picture. It plays as fast as extractors and channels take it.

        Args:
            path: What ``MetadataWriter`` or ``pythiags record-meta`` wrote; it may be compressed by
                gzip, bzip2, xz or zstd.
            timeout: As for the constructor.
            on_error: As for the constructor.
            drain_timeout: As for the constructor.

        Raises:
            RecordingError: It is no recording, or of another version. ``run()`` raises it at a line
                that is not as it should be, when what is before it was delivered.
            MissingDependency: It is compressed by zstd, and ``zstandard`` is not installed.
        """
        from pythiags.gst.replay import recorded_buffers  # and numpy: where needed
        from pythiags.recording import last_time

        buffers = recorded_buffers(path)
        app = cls(FED, timeout=timeout, on_error=on_error, drain_timeout=drain_timeout)
        app._built().feed(buffers, last_time(path))
        return app

    @classmethod
    def from_buffers(
        cls,
        buffers: Iterable[Gst.Buffer | Stall],
        *,
        timeout: float | None = None,
        on_error: OnError = "continue",
        drain_timeout: float = DRAIN_TIMEOUT,
    ) -> App:
        """Create an App that plays the buffers of an iterable.

        Attach to the element ``source``. The iterable is asked in the streaming thread; what it
        raises ends the run with that error, when the buffers before it have passed.

        Args:
            buffers: The buffers; ``pythiags.testing`` makes some from a script.
            timeout: As for the constructor.
            on_error: As for the constructor.
            drain_timeout: As for the constructor.
        """
        app = cls(FED, timeout=timeout, on_error=on_error, drain_timeout=drain_timeout)
        app._built().feed(iter(buffers))
        return app

    def __repr__(self) -> str:
        """Return the state, the frames, and the events of each attachment."""
        parts = [self.state.value]
        if self._run is not None and self._pipeline is not None:
            parts.append(f"{self._pipeline.frames()} frames")
        for each in self._attachments:
            channel = each.stats().channel
            parts.append(f"{each.name}: {channel.delivered} of {channel.produced} delivered")
        return f"<App {', '.join(parts)}>"

    def __enter__(self) -> App:  # noqa: PYI034 (typing.Self is of 3.11)
        """Return the App; it is closed at the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    @property
    def pipeline(self) -> Gst.Pipeline:
        """The ``Gst.Pipeline``, until ``close()``."""
        self._shared.set()
        return self._built().gst

    @property
    def display_sink(self) -> Gst.Element | None:
        """The appsink named ``pythiags``, if there is one."""
        return display_sink(self._built().gst)

    def attach(  # noqa: D417 (AttachOptions describes the others)
        self,
        element: str,
        extractor: ExtractorLike,
        consumer: ConsumerLike | Sequence[ConsumerLike | tuple[ConsumerLike, AttachOptions]],
        *,
        worker: WorkerKind = AttachOptions.worker,
        workers: int = AttachOptions.workers,
        key: str | Callable[[Any], object] = AttachOptions.key,
        on_worker_death: OnWorkerDeath = AttachOptions.on_worker_death,
        queue_size: int = AttachOptions.queue_size,
        queue_bytes: int = AttachOptions.queue_bytes,
        on_full: OnFull = AttachOptions.on_full,
        spill_bytes: int = AttachOptions.spill_bytes,
        spill_dir: str | os.PathLike[str] | None = AttachOptions.spill_dir,
        leftovers: Leftovers = AttachOptions.leftovers,
        max_consecutive_errors: int = AttachOptions.max_consecutive_errors,
        warn_share: float = AttachOptions.warn_share,
        name: str | None = AttachOptions.name,
    ) -> None:
        """Attach an extractor to an element, and a consumer to what the extractor returns.

        Several consumers in a list share an extractor: it reads each buffer
        once, and each consumer receives the events through its own channel, so none may change
        them. A consumer with its own options is a pair in that list; other options do not apply
        to it::

            app.attach("pgie", Detections(), [Archive, (Gauge, AttachOptions(on_full="latest"))])

        Args:
            element: The element's name, or ``element.pad``. The extractor sees the buffers of its
                source pad, or of its sink pad if it is a sink.
            extractor: An ``Extractor``, its class, or a function of pad and info.
            consumer: A ``Consumer``, its class, or a function of the events; or
                several in a list.

        The other arguments are options: ``AttachOptions`` describes each.

        Raises:
            DescriptionError: No such element or pad, or several to choose from.
            UserCodeError: The extractor or a consumer cannot be used as one.
            ConfigError: An option is out of range.
        """
        if self._run is not None:
            raise PythiagsError(
                "the app has already started: call attach() before run() or start()"
            )
        options = AttachOptions(
            worker=worker,
            workers=workers,
            key=key,
            on_worker_death=on_worker_death,
            queue_size=queue_size,
            queue_bytes=queue_bytes,
            on_full=on_full,
            spill_bytes=spill_bytes,
            spill_dir=spill_dir,
            leftovers=leftovers,
            max_consecutive_errors=max_consecutive_errors,
            warn_share=warn_share,
            name=name,
        )
        self._attachments += attached(
            self._built().gst,
            element,
            extractor,
            consumer,
            options,
            taken=[each.name for each in self._attachments],
            origin=self._origin,
            on_error=self._on_error,
        )

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
            PythiagsError: The App was started before.
        """
        if self._run is not None:
            raise PythiagsError("an App runs only once: create another one")
        refuse_after_fork()
        pipeline = self._built()
        prepare_sinks(pipeline.gst, self._shared.is_set)
        if self._monitor is not None:
            self._monitor.open(pipeline)
        run = self._run = Run(
            pipeline,
            self._attachments,
            timeout=self._timeout,
            drain_timeout=self._drain_timeout,
            publish=self._messages.publish,
            monitor=self._monitor,
        )
        if self._monitor is not None:
            self._monitor.follow(run)
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
            ConfigError: The name is taken, or no element reads such a URI.
            DescriptionError: There is not one ``nvstreammux``.
            StreamError: It cannot be started.
            PythiagsError: The App does not play.
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
            PythiagsError: The App does not play, or an element hangs.
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
        )

    @property
    def metrics_url(self) -> str | None:
        """Where ``/metrics`` and ``/healthz`` are served, as ``http://127.0.0.1:9464``, or None."""
        return self._monitor.url if self._monitor is not None else None

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

    def _make_monitor(self, where: int | str | None, retry: RetryPolicy | None) -> Monitor | None:
        if where is None:
            return None
        from pythiags.app.monitor import Monitor  # and asyncio: where needed

        return Monitor(where, self.stats, self._attachments, retry)

    def _built(self) -> Pipeline:
        if self._pipeline is None:
            raise PythiagsError("the app is closed")
        return self._pipeline

    def _playing(self) -> Pipeline:
        if self._run is None or self._run.ending or self._run.over.is_set():
            raise PythiagsError("the app does not play", hint="call start() first")
        return self._built()

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
