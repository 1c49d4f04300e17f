"""Where consumers run: the workers by the names of ``worker=``, and the default rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pythiags.checks import check_choice
from pythiags.consumers import Consumer, as_consumer, import_target, is_importable, recipe
from pythiags.errors import UserCodeError
from pythiags.usercode import makes_instances
from pythiags.workers import ProcessWorker, ThreadWorker, Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pythiags.app.attach_options import AttachOptions
    from pythiags.channel import Channel
    from pythiags.usercode import OnError

__all__ = ["REMADE", "WORKERS", "Placement", "Post", "placement"]

AUTO: Final = "auto"


class Post(NamedTuple):
    """What a worker is made for.

    Attributes:
        name: The worker's.
        consumer: As ``pythiags.App.attach()`` was given it.
        channel: This worker is its only reader.
        options: Of the attachment: one of ``options.workers`` that share events.
        on_error: As the App was given it.
        decode: Each record goes through it before the consumer gets it; a function of a module.
    """

    name: str
    consumer: object
    channel: Channel
    options: AttachOptions
    on_error: OnError
    decode: Callable[[Any], Any] | None


def _thread(post: Post) -> Worker:
    workers = post.options.workers
    shared = not makes_instances(post.consumer) and hasattr(post.consumer, "incoming")
    if workers > 1 and shared:
        raise UserCodeError(
            f"{workers} threads cannot share one consumer",
            where=post.name.removesuffix("/1"),  # of the first of them
            expected="a class, which each thread instantiates, or a function",
            got=repr(post.consumer),
        )
    return ThreadWorker(
        as_consumer(post.consumer),
        post.channel,
        name=post.name,
        on_error=post.on_error,
        decode=post.decode,
    )


def _process(post: Post) -> Worker:
    return ProcessWorker(
        recipe(post.consumer),
        post.channel,
        name=post.name,
        on_error=post.on_error,
        decode=post.decode,
        on_worker_death=post.options.on_worker_death,
    )


# Each makes a worker of its kind, or raises a UserCodeError for a consumer that it cannot run.
WORKERS: Final[Mapping[str, Callable[[Post], Worker]]] = {"thread": _thread, "process": _process}

# What each kind of worker prepares to take a consumer's place, made of what was attached.
REMADE: Final[Mapping[str, Callable[[Any], Any]]] = {"thread": as_consumer, "process": recipe}


class Placement(NamedTuple):
    """Where a consumer runs.

    Attributes:
        kind: A key of ``WORKERS``.
        reason: Why, in a few words.
    """

    kind: str
    reason: str


def placement(worker: str, consumer: object, where: str) -> Placement:
    """Return where a consumer runs: as was asked for, or by the rule for ``"auto"``.

    The rule: what the consumer's class says (``pythiags.Consumer.worker``); else a class that
    another process can import runs in one, and whatever the program may share with its consumer, an
    instance or a function, stays in a thread of the program.

    Args:
        worker: As ``worker=`` was given.
        consumer: As ``pythiags.App.attach()`` was given it.
        where: The attachment, for the message.

    Raises:
        ConfigError: There is no such kind.
    """
    known = (AUTO, *WORKERS)
    check_choice(f"unknown worker: {worker!r}", worker, known, where)
    if worker != AUTO:
        return Placement(worker, "as requested")
    named = import_target(consumer)
    if isinstance(named, type) and issubclass(named, Consumer) and named.worker is not None:
        own = placement(named.worker, consumer, named.__qualname__)
        return own._replace(reason="set by its class")
    if not makes_instances(consumer):
        what = "an instance" if isinstance(named, type) else "a function"
        return Placement("thread", f"{what}, which may be shared with the program")
    if is_importable(named):
        return Placement("process", "a class that another process can import")
    return Placement("thread", "a class that another process cannot import")
