"""The kinds of workers, by the names that ``worker=`` takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from pythiags.channel import Channel, ProcessWorker, ThreadWorker, Worker
from pythiags.consumers import as_consumer, recipe
from pythiags.errors import ConfigError, UserCodeError
from pythiags.suggest import hint_for
from pythiags.usercode import makes_instances

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pythiags.channel.worker import OnError

__all__ = ["WORKERS", "MakeWorker", "worker_kind"]


class MakeWorker(Protocol):
    """Makes a worker of one kind for a consumer as :meth:`pythiags.App.attach` was given it."""

    def __call__(
        self,
        consumer: object,
        channel: Channel,
        *,
        name: str,
        on_error: OnError,
        workers: int,
        decode: Callable[[Any], Any] | None,
    ) -> Worker:
        """Make one of ``workers`` that share events; it is its channel's only reader.

        Each event goes through ``decode``, a function of a module, before the consumer gets it.

        Raises:
            UserCodeError: The consumer is none, or does not go with this kind.
        """


def _thread(
    consumer: object,
    channel: Channel,
    *,
    name: str,
    on_error: OnError,
    workers: int,
    decode: Callable[[Any], Any] | None,
) -> Worker:
    if workers > 1 and not makes_instances(consumer) and hasattr(consumer, "incoming"):
        raise UserCodeError(
            f"{workers} threads cannot share one consumer",
            where=name,
            expected="its class, of which each makes one, or a function",
            got=repr(consumer),
        )
    return ThreadWorker(as_consumer(consumer), channel, name=name, on_error=on_error, decode=decode)


def _process(
    consumer: object,
    channel: Channel,
    *,
    name: str,
    on_error: OnError,
    workers: int,  # noqa: ARG001 (each process has a consumer of its own, whatever was given)
    decode: Callable[[Any], Any] | None,
) -> Worker:
    return ProcessWorker(recipe(consumer), channel, name=name, on_error=on_error, decode=decode)


WORKERS: Final[Mapping[str, MakeWorker]] = {"thread": _thread, "process": _process}


def worker_kind(kind: str, where: str) -> MakeWorker:
    """Give what makes workers of a kind.

    Args:
        kind: A key of :data:`WORKERS`.
        where: The attachment, for the message.

    Raises:
        ConfigError: There is no such kind.
    """
    if kind not in WORKERS:
        raise ConfigError(
            f"there is no worker of the kind {kind!r}",
            where=where,
            expected=", ".join(WORKERS),
            hint=hint_for(str(kind), WORKERS),
        )
    return WORKERS[kind]
