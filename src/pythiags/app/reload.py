"""Loads the files of extractors and consumers anew when they are edited, while the run goes on.

A file is looked at four times a second, by a thread that does nothing else. That works wherever the
file lies; the kernel reports no changes on file systems of the network, nor of folders that are
mounted into a virtual machine. What was edited is first made ready beside the old code: the module
is run, the extractor and the consumers are constructed. Only if all of that succeeds, the old ones
are replaced, between two buffers and between two events.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import sys
import threading
import time
from pathlib import Path
from types import BuiltinFunctionType, FunctionType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pythiags
from pythiags.app.placement import REMADE
from pythiags.app.watchedfile import Edit, NotWatched, Target, Use, WatchedFile
from pythiags.errors import PythiagsError, UserCodeError
from pythiags.extractors import as_extractor
from pythiags.picklable import note_replaced
from pythiags.sourcecode import Source, build, find, in_place, install, place_in
from pythiags.usercode import describe, name_of, place_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import ModuleType

    from pythiags.app.attachment import Attachment
    from pythiags.app.extraction import Renewable
    from pythiags.app.stats import ReloadStats
    from pythiags.extractors import Extractor
    from pythiags.workers import Worker
    from pythiags.workers.renewal import Renewal

__all__ = ["Reloader"]

INTERVAL: Final = 0.25  # seconds between two looks at a file
OWN: Final = Path(pythiags.__file__).parent
LEAVE: Final = 1.0  # seconds for the thread to end

logger = logging.getLogger(__name__)


class Ready(NamedTuple):
    """A consumer that is ready to take over.

    Attributes:
        attachment: What it is a part of.
        worker: Where.
        renewal: It.
    """

    attachment: Attachment
    worker: Worker
    renewal: Renewal


class Reloader:
    """Watches the files of all extractors and consumers, from ``open()`` to ``close()``.

    Args:
        attachments: Of the App; more may come before the start.
    """

    def __init__(self, attachments: list[Attachment]) -> None:
        self._attachments = attachments
        self._files: dict[str, WatchedFile] = {}
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()  # of the counters

    def open(self) -> None:
        """Begin to watch."""
        self._find_files()
        if not self._files:
            logger.warning("nothing is watched: no file of an extractor or a consumer was found")
            return
        for file in self._files.values():
            logger.info("%s is watched", file.path)
        self._give_sources()
        # Children that it starts live as long as it does: it ends when all workers have.
        self._thread = threading.Thread(target=self._watch, name="pythiags-reload", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Watch no more. May be called more than once."""
        self._over.set()
        if self._thread is not None:
            self._thread.join(LEAVE)
        self._attachments = []

    def watches(self, given: object) -> bool:
        """Whether the code of an extractor or a consumer can be loaded anew."""
        with contextlib.suppress(NotWatched):
            return _target(given) is not None
        return False

    def stats(self) -> tuple[ReloadStats, ...]:
        """Return the counters of each file."""
        with self._lock:
            return tuple(file.stats() for file in self._files.values())

    def _find_files(self) -> None:
        shared: dict[int, Use | None] = {}  # extractors, by what calls them
        for attachment in self._attachments:
            renewable = attachment.renewable
            if renewable is not None:
                if id(renewable) not in shared:
                    shared[id(renewable)] = self._use_of(attachment, renewable)
                if (use := shared[id(renewable)]) is not None:
                    use.attachments.append(attachment)
            if file := self._file_of(attachment.given_consumer):
                file[0].consumers.append(Use(attachment.given_consumer, file[1], [attachment]))

    def _use_of(self, attachment: Attachment, renewable: Renewable) -> Use | None:
        found = self._file_of(attachment.given_extractor)
        if found is None:
            return None
        file, name = found
        use = Use(attachment.given_extractor, name, [])
        file.extractors.append((use, renewable))
        return use

    def _file_of(self, given: object) -> tuple[WatchedFile, str] | None:
        try:
            target = _target(given)
            if target is not None and target.module not in self._files:
                self._files[target.module] = WatchedFile(target)
        except NotWatched as reason:
            logger.warning("edits of %s are not taken: %s", name_of(given), reason)
            return None
        if target is None:
            return None
        return self._files[target.module], target.name

    def _watch(self) -> None:
        while not self._over.wait(INTERVAL):
            for file in self._files.values():
                self._look(file)

    def _look(self, file: WatchedFile) -> None:
        text = file.changed()
        if text is None or text == file.tried:
            return
        file.tried = text
        if text == file.running:  # an edit that was not taken was undone
            with self._lock:
                file.error = ""
            logger.info("%s is as it was", file.path)
            return
        try:
            self._load(file, Edit(Source(file.module, str(file.path), text), []))
        except BaseException:  # a fault of ours: the old code goes on
            logger.exception("%s cannot be loaded anew", file.path)

    def _load(self, file: WatchedFile, edit: Edit) -> None:
        source = edit.source
        begun = time.monotonic()
        # From here on the module of that name may be another one than that of events on their way.
        note_replaced(file.module)
        ready: list[Ready] = []
        at = ("", "")
        try:
            module = build(source)
            with in_place(module):
                extractors = []
                for use, renewable in file.extractors:
                    at = (use.name, "extract_metadata")
                    extractors.append(_remade_extractor(use, renewable, module))
                for use in file.consumers:
                    at = (use.name, "incoming")
                    ready += self._prepared(file, use, module, edit)
        except BaseException as error:  # noqa: BLE001 (whatever a user's module or class raises)
            for each in ready:
                each.worker.forgo(each.renewal)
            self._refuse(file, edit, error, _place(error, source, *at))
            return
        install(module)
        with self._lock:
            file.running = source.text
            file.reloads += 1
            file.error = ""
        self._give_sources(file)
        self._hand_over(file, extractors, ready)
        logger.info("%s is loaded anew (%.0f ms)", file.path, (time.monotonic() - begun) * 1000)

    def _prepared(
        self, file: WatchedFile, use: Use, module: ModuleType, edit: Edit
    ) -> Iterator[Ready]:
        given = _remade(use, module)
        failed = functools.partial(self._note_failure, file, edit, use.name)
        for attachment in use.attachments:
            for lane in attachment.lanes:
                made = REMADE[attachment.worker](given)
                renewal = lane.worker.prepare(made, edit.source, failed)
                yield Ready(attachment, lane.worker, renewal)

    def _hand_over(
        self, file: WatchedFile, extractors: Sequence[Extractor], ready: Sequence[Ready]
    ) -> None:
        """Replace the old ones: consumers in order with the events of an extractor beside them."""
        left = list(ready)
        for (use, renewable), extractor in zip(file.extractors, extractors, strict=True):
            behind = [each for each in left if each.attachment in use.attachments]
            left = [each for each in left if each not in behind]
            renewable.renew(extractor, functools.partial(_renew_in_order, behind))
        for each in left:
            each.worker.renew(each.renewal, now=True)

    def _give_sources(self, edited: WatchedFile | None = None) -> None:
        """Have processes that are started later run what runs here, whatever is in the files.

        Those of the consumers of a file that was edited do so when the new one is open: if it
        cannot be, the old one goes on.
        """
        sources = [file.source for file in self._files.values()]
        renewed = [each for use in edited.consumers for each in use.attachments] if edited else []
        for attachment in self._attachments:
            others = [each for each in sources if not edited or each.module != edited.module]
            for lane in attachment.lanes:
                lane.worker.give_sources(others if attachment in renewed else sources)

    def _note_failure(self, file: WatchedFile, edit: Edit, name: str, error: BaseException) -> None:
        """Take in that a consumer could not be opened; in a worker's thread."""
        self._refuse(file, edit, error, _place(error, edit.source, name, "open"), taken=True)

    def _refuse(
        self,
        file: WatchedFile,
        edit: Edit,
        error: BaseException,
        place: str | None,
        *,
        taken: bool = False,
    ) -> None:
        """Count an edit that is not taken, once, however many consumers it fails in."""
        text = str(error) if isinstance(error, PythiagsError) else describe(error)
        where = f"\n  at {place}" if place else ""
        with self._lock:
            first, known = not edit.refusals, text + where in edit.refusals
            edit.refusals.append(text + where)
        if not known:
            logger.error("%s is not taken, the old code goes on: %s%s", file.path, text, where)
        with self._lock:
            if first:
                file.errors += 1
                file.reloads -= int(taken)  # which it was counted as
            if first and (not taken or file.running == edit.source.text):  # there is no later one
                file.error = " ".join((text + where).split())


def _target(given: Any) -> Target | None:
    """Return where the code of an extractor or a consumer is; None: nobody edits it.

    Raises:
        NotWatched: It cannot be loaded anew.
    """
    named = given.func if isinstance(given, functools.partial) else given
    is_instance = not isinstance(named, (type, FunctionType, BuiltinFunctionType))
    where = type(named) if is_instance else named
    module = sys.modules.get(where.__module__ or "builtins")
    file = Path(getattr(module, "__file__", None) or "")
    if file.suffix != ".py" or OWN in file.parents:
        return None
    if where.__module__ == "__main__":
        raise NotWatched("it is defined in the main program: move it to a module")
    if is_instance:
        raise NotWatched("it is an instance: attach its class, or functools.partial(Class, …)")
    with contextlib.suppress(UserCodeError):
        if module is not None and find(module, named.__qualname__) is named:
            return Target(named.__module__, file, named.__qualname__)
    raise NotWatched("its module has no such name: write it with class or def, at the top")


def _remade(use: Use, module: ModuleType) -> Any:
    """Return what a new module has in the place of what was attached."""
    found = find(module, use.name)
    before = use.given.func if isinstance(use.given, functools.partial) else use.given
    if isinstance(found, type) is not isinstance(before, type):
        was = "a class" if isinstance(before, type) else "a function"
        raise UserCodeError(f"{use.name} is not {was} any more", where=str(module.__file__))
    if not isinstance(use.given, functools.partial):
        return found
    return functools.partial(found, *use.given.args, **use.given.keywords)


def _remade_extractor(use: Use, renewable: Renewable, module: ModuleType) -> Extractor:
    extractor = as_extractor(_remade(use, module))
    if extractor.writable is not renewable.writable:
        raise UserCodeError(
            f"writable was {renewable.writable}, which cannot change while it plays",
            where=use.name,
            hint="start the run again",
        )
    return extractor


def _place(error: BaseException, source: Source, name: str, method: str) -> str | None:
    """Return the line of an error, unless its text says it already."""
    got = error.got if isinstance(error, PythiagsError) else None
    if got is not None and got.startswith(source.path):
        return None
    if "constructed" in str(error):
        method = "__init__"
    return place_of(error) or place_in(source, f"{name}.{method}", name)


def _renew_in_order(ready: Sequence[Ready]) -> None:
    for each in ready:
        each.worker.renew(each.renewal, now=False)
