"""Consumers for worker processes: they write down what happens, and then misbehave."""

import asyncio
import builtins
import ctypes
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path


class Recorder:
    """Appends a line to a file for each thing that happens to it."""

    def __init__(self, path):
        self.path = Path(path)

    def note(self, *what):
        with self.path.open("a") as file:
            file.write(" ".join(map(str, what)) + "\n")

    def open(self):
        self.note("open")

    def incoming(self, event):
        self.note(event)

    def control(self, control):
        self.note(control.value)

    def close(self):
        self.note("close")


class Where(Recorder):
    """Tells of the process it runs in."""

    def open(self):
        loaded = [name for name in ("gi", "numpy", "test_process") if name in sys.modules]
        self.note(sys.modules["__main__"].__dict__.get("__file__"), loaded, os.getppid())


class Actor(Recorder):
    """Does what an event says, the so many-th time that it comes: ``("exit", 2)``: twice."""

    def incoming(self, event):
        name, times = event if isinstance(event, tuple) else (None, 0)
        self.note(event)
        if name is not None and self.path.read_text().splitlines().count(str(event)) <= times:
            getattr(self, f"do_{name}")()

    def do_exit(self):
        os._exit(9)

    def do_kill(self):
        os.kill(os.getpid(), signal.SIGKILL)

    def do_leave_helper(self):
        helper = subprocess.Popen(["sleep", "1000"])
        self.note("helper", helper.pid)
        os._exit(1)

    def do_segfault(self):
        ctypes.string_at(0)

    def do_raise(self):
        raise ValueError("no")

    def do_system_exit(self):
        raise SystemExit("enough")

    def do_interrupt(self):
        raise KeyboardInterrupt

    def do_memory(self):
        import resource

        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (used + (64 << 20), hard))
        try:
            bytearray(256 << 20)
        finally:
            resource.setrlimit(resource.RLIMIT_AS, (hard, hard))

    def do_hang(self):
        threading.Event().wait()

    def do_spin(self):
        while True:
            pass

    def do_hold(self):
        ctypes.PyDLL(None).sleep(60)  # a call into C that keeps the GIL

    def do_forbear(self):
        try:
            threading.Event().wait()
        except SystemExit:
            self.note("left")
            raise


class Slow(Recorder):
    """Takes its time."""

    def incoming(self, event):
        time.sleep(event)


class Unbuildable(Recorder):
    def __init__(self, path):
        raise RuntimeError("no licence")


class Unopenable(Recorder):
    def open(self):
        raise OSError("no such broker")


class Stillborn(Recorder):
    def __init__(self, path):
        os._exit(4)


class Mortal(Recorder):
    def open(self):
        os.kill(os.getpid(), signal.SIGSEGV)


class Born(Recorder):
    """Writes down when it is constructed, too."""

    def __init__(self, path):
        super().__init__(path)
        self.note("born")


class Exclusive(Actor):
    """Takes in its constructor what only one can have."""

    def __init__(self, path):
        super().__init__(path)
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(f"\0{path}")


class Helped(Recorder):
    """Starts a program and forgets it."""

    def open(self):
        self.note("helper", subprocess.Popen(["sleep", "1000"]).pid)


class Held(Recorder):
    """Starts a thread and forgets it."""

    def open(self):
        super().open()
        threading.Thread(target=threading.Event().wait, name="forgotten").start()


class NeverOpen(Recorder):
    def open(self):
        threading.Event().wait()


class NeverMade(Recorder):
    def __init__(self, notes):
        threading.Event().wait()


class Unclosable(Recorder):
    def close(self):
        threading.Event().wait()


class Talker(Recorder):
    """Writes to its outputs and logs."""

    def incoming(self, event):
        print(f"said {event}")
        print(f"told {event}", file=sys.stderr)
        logging.getLogger("talker").warning("logged %s", event)
        logging.getLogger("talker").debug("nobody asked for that")

    def close(self):
        sys.stdout.write("x" * (10 << 20))  # more than any pipe holds


class Awaiting(Recorder):
    """Does everything in coroutines, and raises what an event names."""

    async def open(self):
        await asyncio.sleep(0)
        self.loop = asyncio.get_running_loop()
        self.note("open")

    async def incoming(self, event):
        self.note(event, "in")
        assert asyncio.get_running_loop() is self.loop
        await asyncio.sleep(0)
        try:
            await asyncio.sleep(1000 if event == "for ever" else 0)
        except asyncio.CancelledError:
            self.note(event, "cancelled")
            raise
        errors = {"CancelledError": asyncio.CancelledError, **vars(builtins)}
        if event in errors:
            raise errors[event]("no")
        self.note(event, "out")

    async def control(self, control):
        self.note(control.value)

    async def close(self):
        self.note("close")


class Background(Recorder):
    """Has a task that runs between the calls."""

    def open(self):
        self.ticked = threading.Event()

    async def incoming(self, event):
        if self.ticked.is_set():
            self.note(event)
            return
        self.task = asyncio.ensure_future(self.tick())
        await self.incoming_later(event)

    async def incoming_later(self, event):
        while not self.ticked.is_set():
            await asyncio.sleep(0)
        self.note(event)

    async def tick(self):
        self.note("ticked")
        self.ticked.set()
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            self.note("cancelled")
            raise

    def control(self, control):
        pass


class Quitter(Recorder):
    """Has tasks that exit."""

    async def incoming(self, event):
        self.note(event)
        self.task = asyncio.ensure_future(self.quit())
        await asyncio.sleep(0)

    async def quit(self):
        raise SystemExit("enough")


class Printer:
    """Prints events as JSON."""

    def open(self):
        pass

    def incoming(self, event):
        print(json.dumps(event))

    def close(self):
        pass


class Painter(Recorder):
    """Looks at arrays, keeps some, and paints over them."""

    def __init__(self, path):
        super().__init__(path)
        self.kept = []

    def incoming(self, event):
        self.note(int(event["image"].sum()), event["image"].flags.writeable)
        if event.get("keep"):
            self.kept.append(event["image"])
        if event.get("drop"):
            self.kept.clear()
        if event.get("die"):
            os.kill(os.getpid(), signal.SIGKILL)
        if event["image"].flags.writeable:
            event["image"][:] = 7


class Odd(BaseException):
    """Raised by what should raise nothing of the kind, and has no text."""

    def __str__(self):
        raise SystemExit("no text either")


class Raising:
    """An event whose pickling raises."""

    def __init__(self, error):
        self.error = error

    def __reduce_ex__(self, protocol):
        raise self.error("not today")


class Fickle:
    """An event that can be pickled, but not unpickled in a child."""

    def __reduce__(self):
        return _refuse, (os.getpid(),)


def _refuse(parent):
    if os.getpid() != parent:
        raise ValueError("not here")
    return Fickle()


class Deadly:
    """An event that kills who unpickles it."""

    def __reduce__(self):
        return os._exit, (7,)


def double(event):
    return event * 2


def text(record):
    return bytes(record).decode()


class Once(Actor):
    """Dies of each event the first time."""

    def incoming(self, event):
        self.note(event)
        if self.path.read_text().splitlines().count(str(event)) == 1:
            self.do_exit()


class Pid(Recorder):
    """Writes down its own number."""

    def incoming(self, event):
        self.note(os.getpid() if event == "pid" else len(event))


class Forks(Recorder):
    """Keeps a picture, while a process that it forks releases its copy."""

    kept = None

    def incoming(self, events):
        number, picture = events
        if self.kept is None:
            self.kept = picture.copy(), picture
        elif number == 1:
            child = os.fork()
            if not child:
                self.kept = None
                os._exit(0)
            os.waitpid(child, 0)
        super().incoming(bool((self.kept[0] == self.kept[1]).all()))


class Descriptors(Recorder):
    """Notes what programs that it starts inherit."""

    def open(self):
        numbers = [int(each.name) for each in Path("/proc/self/fd").iterdir()]
        self.note([fd for fd in sorted(numbers) if _is_inheritable(fd)])


def _is_inheritable(fd):
    try:
        return os.get_inheritable(fd)
    except OSError:  # that of the listing
        return False


class DiesOfEnds(Recorder):
    """Dies whenever it receives an end."""

    def control(self, control):
        super().control(control)
        os._exit(9)
