"""Monitoring of one run over HTTP: /metrics for Prometheus, /healthz for who restarts programs."""

from __future__ import annotations

import logging
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from pythiags.app.health import Health, Stillness, health
from pythiags.app.metrics import Metrics
from pythiags.app.serving import Answer, Server, split_address

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pythiags.app.attachment import Attachment
    from pythiags.app.run import Run
    from pythiags.app.stats import AppStats
    from pythiags.gst.pipeline import Pipeline
    from pythiags.retry import RetryPolicy

__all__ = ["Monitor"]

INDEX: Final = b"""<!doctype html><title>pythiags</title>
<p><a href="/metrics">/metrics</a> <p><a href="/healthz">/healthz</a>
"""

logger = logging.getLogger(__name__)


class Monitor:
    """Serves the counters and the health of an App, from the start of its run to its end.

    Args:
        where: ``PORT`` or ``HOST:PORT``; without a host only this machine can connect.
        stats: Gives the counters.
        attachments: The App's; more may come.
        retry: The App's; its time-outs are the limits of a stall.

    Raises:
        ConfigError: It is no address.
        MissingDependency: ``prometheus_client`` is not installed.
    """

    def __init__(
        self,
        where: int | str,
        stats: Callable[[], AppStats],
        attachments: Sequence[Attachment],
        retry: RetryPolicy | None,
    ) -> None:
        self._address = split_address(where)
        self._stats = stats
        self._attachments = attachments
        self._retry = retry
        self._stillness = Stillness()
        self._pipeline: Pipeline | None = None
        self._run: Run | None = None
        self._server: Server | None = None
        self._metrics = Metrics(stats, self._times, self._frames, self._quiet)

    @property
    def url(self) -> str | None:
        """Where it serves, or None if it does not."""
        if self._server is None:
            return None
        host, port = self._server.address
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def open(self, pipeline: Pipeline) -> None:
        """Begin to serve, before the pipeline starts.

        Raises:
            ConfigError: The port is in use, or the address is not one of this machine.
        """
        pages = {"/": _index, "/metrics": self._text, "/healthz": self._healthz}
        self._server = Server(*self._address, pages)
        self._pipeline = pipeline
        pipeline.count_sources()
        logger.info("metrics are at %s/metrics", self.url)

    def follow(self, run: Run) -> None:
        """Take a run for the one that is reported."""
        self._run = run

    def look(self, now: float) -> None:
        """See whether anything moves; the run's thread calls it again and again."""
        if self._pipeline is not None and self._stillness.is_due(now):
            playing = self._pipeline.plays()
            self._stillness.look(now, self._pipeline.buffers(), playing=playing)

    def close(self) -> None:
        """Serve no more. May be called more than once."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        self._pipeline = None

    def health(self) -> Health:
        """Judge the run."""
        error = self._run.error if self._run is not None else None
        still = self._stillness
        return health(
            *(self._stats(), error, self._quiet()),
            moved=still.moved,
            retry=self._retry,
            pause=still.pause,
        )

    def _quiet(self) -> float:
        return self._stillness.seconds(time.monotonic())

    def _frames(self) -> dict[str, int]:
        pipeline = self._pipeline
        return pipeline.source_frames() if pipeline is not None else {}

    def _times(self, edges: Sequence[int]) -> dict[str, Sequence[int]]:
        return {each.name: each.times().counts_up_to(edges) for each in self._attachments}

    def _text(self, accepted: str) -> Answer:
        return Answer(HTTPStatus.OK, *self._metrics.text(accepted))

    def _healthz(self, _accepted: str) -> Answer:
        found = self.health()
        status = HTTPStatus.OK if found.well else HTTPStatus.SERVICE_UNAVAILABLE
        return Answer(status, "application/json", f"{found.json()}\n".encode())


def _index(_accepted: str) -> Answer:
    return Answer(HTTPStatus.OK, "text/html; charset=utf-8", INDEX)
