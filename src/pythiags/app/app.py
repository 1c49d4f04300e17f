"""App: a pipeline, its extractors and its consumers."""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING, Any, get_args, overload

from pythiags import portable
from pythiags.allocator import limit_arenas
from pythiags.app.arguments import described, origin_of
from pythiags.app.attach_options import AttachOptions
from pythiags.app.attachment import Attachment, attached
from pythiags.app.drain import DRAIN_TIMEOUT
from pythiags.app.live import LiveApp
from pythiags.app.messages import Messages
from pythiags.app.services import Services
from pythiags.checks import check_choice, check_seconds, shown
from pythiags.description import Description
from pythiags.errors import ConfigError, PythiagsError
from pythiags.gst.feed import FED
from pythiags.gst.pipeline import Pipeline
from pythiags.retry import RetryPolicy
from pythiags.usercode import OnError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Sequence
    from types import TracebackType

    from pythiags.app.run import Run
    from pythiags.channel.bounds import Leftovers, OnFull
    from pythiags.consumers import ConsumerLike
    from pythiags.extractors import ExtractorLike
    from pythiags.gst import Gst
    from pythiags.gst.feed import Stall
    from pythiags.workers.worker import OnWorkerDeath, WorkerKind

__all__ = ["App"]


class App(LiveApp):
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
        control: Open a Unix socket for ``pythiags ctl``, which only its owner can use.
        trace: Measure where the time of the pipeline goes, see ``trace()``.
        reload: Load the files of extractors and consumers anew when they are edited.
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
        control: bool = False,
        trace: bool = False,
        reload: bool = False,
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
        control: bool = False,
        trace: bool = False,
        reload: bool = False,
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
        control: bool = False,
        trace: bool = False,
        reload: bool = False,
        **variables: object,
    ) -> None:
        check_choice(f"unknown on_error: {on_error!r}", on_error, get_args(OnError))
        check_seconds("timeout", math.inf if timeout is None else timeout)
        check_seconds("drain_timeout", drain_timeout)
        if retry is not None and not isinstance(retry, RetryPolicy):
            raise ConfigError("invalid retry", expected="a RetryPolicy", got=shown(retry))
        description = described(description, variables, App.__init__.__kwdefaults__ or ())
        limit_arenas()
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
        self._services = Services(
            self,
            self._attachments,
            self._origin,
            retry=retry,
            metrics=metrics,
            control=control,
            trace=trace,
            reload=reload,
        )

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
        control: bool = False,
        trace: bool = False,
        reload: bool = False,
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
            control: As for the constructor.
            trace: As for the constructor.
            reload: As for the constructor.
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
            control=control,
            trace=trace,
            reload=reload,
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
            in_python=self._services.in_python,
        )
