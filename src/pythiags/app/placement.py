"""Where consumers run: the kinds of workers, by the names that ``worker=`` takes, and the rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from pythiags.checks import check_choice
from pythiags.consumers import Consumer, as_consumer, is_importable, name_giver, recipe
from pythiags.errors import UserCodeError
from pythiags.usercode import makes_instances
from pythiags.workers import ProcessWorker, ThreadWorker, Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pythiags.app.attach_options import AttachOptions
    from pythiags.channel import Channel
    from pythiags.usercode import OnError

__all__ = ["WORKERS", "MakeWorker", "Placement", "placement"]

AUTO: Final = "auto"


class MakeWorker(Protocol):
    """Makes a worker of one kind for a consumer as :meth:`pythiags.App.attach` was given it."""

    def __call__(
        self,
        consumer: object,
        channel: Channel,
        options: AttachOptions,
        *,
        name: str,
        on_error: OnError,
        decode: Callable[[Any], Any] | None,
    ) -> Worker:
        """Make one of ``options.workers`` that share events; it is its channel's only reader.

        Each event goes through ``decode``, a function of a module, before the consumer gets it.

        Raises:
            UserCodeError: The consumer is none, or does not go with this kind.
        """


def _thread(
    consumer: object,
    channel: Channel,
    options: AttachOptions,
    *,
    name: str,
    on_error: OnError,
    decode: Callable[[Any], Any] | None,
) -> Worker:
    if options.workers > 1 and not makes_instances(consumer) and hasattr(consumer, "incoming"):
        raise UserCodeError(
            f"{options.workers} threads cannot share one consumer",
            where=name.removesuffix("/1"),  # of the first of them
            expected="its class, of which each makes one, or a function",
            got=repr(consumer),
        )
    return ThreadWorker(as_consumer(consumer), channel, name=name, on_error=on_error, decode=decode)


def _process(
    consumer: object,
    channel: Channel,
    options: AttachOptions,
    *,
    name: str,
    on_error: OnError,
    decode: Callable[[Any], Any] | None,
) -> Worker:
    return ProcessWorker(
        recipe(consumer),
        channel,
        name=name,
        on_error=on_error,
        decode=decode,
        on_worker_death=options.on_worker_death,
    )


WORKERS: Final[Mapping[str, MakeWorker]] = {"thread": _thread, "process": _process}


class Placement(NamedTuple):
    """Where a consumer runs.

    Attributes:
        kind: A key of :data:`WORKERS`.
        reason: Why, in a few words.
    """

    kind: str
    reason: str


def placement(worker: str, consumer: object, where: str) -> Placement:
    """Say where a consumer runs: as was asked for, or by the rule for ``"auto"``.

    The rule: what the consumer's class says (:attr:`pythiags.Consumer.worker`); else a class that
    another process can import runs in one, and whatever the program may share with its consumer, an
    instance or a function, stays in a thread of the program.

    Args:
        worker: As ``worker=`` was given.
        consumer: As :meth:`pythiags.App.attach` was given it.
        where: The attachment, for the message.

    Raises:
        ConfigError: There is no such kind.
    """
    known = (AUTO, *WORKERS)
    check_choice(f"there is no worker of the kind {worker!r}", worker, known, where)
    if worker != AUTO:
        return Placement(worker, "as it was told")
    named = name_giver(consumer)
    if isinstance(named, type) and issubclass(named, Consumer) and named.worker is not None:
        told = placement(named.worker, consumer, named.__qualname__)
        return told._replace(reason="as its class says")
    if not makes_instances(consumer):
        what = "an instance" if isinstance(named, type) else "a function"
        return Placement("thread", f"{what}, which the program may share with it")
    if is_importable(named):
        return Placement("process", "a class that another process can import")
    return Placement("thread", "a class that another process cannot import")
