"""How a worker calls its consumer: a coroutine runs on an event loop of the worker."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncGenerator, Coroutine, Generator
from typing import TYPE_CHECKING, Any, Final

from pythiags.errors import UserCodeError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

__all__ = ["Calls"]

END_PATIENCE: Final = 5.0  # seconds for tasks that are cancelled when the consumer has closed
_NEVER_RUN: Final = (Generator, AsyncGenerator, map, filter)

logger = logging.getLogger(__name__)


class Calls:
    """Calls a consumer's methods, one after the other, always in the same thread.

    A coroutine that a method returns runs to its end on an event loop before the call returns. The
    loop is made for the first of them. It runs between the calls too, for tasks that the consumer
    has started, in a daemon thread of its own.

    Args:
        name: The worker's.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._loop: _Loop | None = None

    def __call__(self, method: Callable[..., object], *arguments: Any) -> None:
        """Call a method and raise what it raises, or its coroutine.

        Raises:
            UserCodeError: It returned a generator, of which nothing has run.
        """
        result = method(*arguments)
        if result is None:
            return
        if isinstance(result, Coroutine):
            if self._loop is None:
                self._loop = _Loop(self._name)
            self._loop.run(result)
        elif isinstance(result, _NEVER_RUN):
            name = getattr(method, "__qualname__", type(method).__qualname__)
            raise UserCodeError(
                f"{name} returned an object that never runs",
                expected="None, or a coroutine",
                got=f"a {type(result).__name__}",
                hint="write a loop: for each in events: ...",
            )

    def end(self) -> None:
        """End the loop; what still runs on it is cancelled first."""
        loop, self._loop = self._loop, None
        if loop is not None:
            loop.end()


class _Loop:
    """An event loop in a thread of its own."""

    def __init__(self, name: str) -> None:
        import asyncio  # takes long, and few need it

        self._asyncio = asyncio
        self._name = name
        self._ending = False
        self._loop = asyncio.new_event_loop()
        thread = threading.Thread(target=self._run, name=f"{name}-asyncio", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            self._loop.close()
            raise
        self._thread = thread

    def run(self, coroutine: Coroutine[Any, Any, object]) -> None:
        """Run a coroutine to its end, and raise what it raises."""
        future = self._submit(_outcome(coroutine))
        try:
            error = future.result()
        except BaseException:  # a signal came, in the main thread of a process
            future.cancel()
            raise
        if error is not None:
            try:
                raise error
            finally:
                del error  # holds its traceback, and that this frame

    def end(self) -> None:
        """Cancel what still runs, and close the loop."""
        import concurrent.futures

        future = self._submit(_wind_up(self._asyncio))
        concurrent.futures.wait([future], END_PATIENCE)
        self._ending = True
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(END_PATIENCE)
        if self._thread.is_alive() or not future.done():
            logger.warning(
                "the event loop of %r is abandoned: its tasks did not end within %.0f s of close()",
                self._name,
                END_PATIENCE,
            )
        if not self._thread.is_alive():
            self._loop.close()

    def _submit(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self._asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def _run(self) -> None:
        self._asyncio.set_event_loop(self._loop)
        while not self._ending:
            try:
                self._loop.run_forever()
            except BaseException:  # noqa: PERF203 (SystemExit of one of its tasks, say)
                logger.exception("a task on the event loop of %r", self._name)


async def _outcome(coroutine: Coroutine[Any, Any, object]) -> BaseException | None:
    """Await a coroutine and return what it raises: a SystemExit would end the loop."""
    try:
        await coroutine
    except BaseException as error:  # noqa: BLE001 (raised by who waits)
        return error
    return None


async def _wind_up(asyncio: Any) -> None:
    """Do at the end of a loop what asyncio.run() does."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    loop: asyncio.AbstractEventLoop = asyncio.get_running_loop()
    await loop.shutdown_asyncgens()
    await loop.shutdown_default_executor()
