"""A network of two hosts that loses and delays packets: this process is on one of them.

It has to be in a network namespace of its own, see ``own_network`` in ``faults/conftest.py``. The
other host is a second one. The packets between them go through a queue of the kernel's (``netem``),
or through a thread of this process (``relay``), which needs no module of the kernel.
"""

from __future__ import annotations

import contextlib
import fcntl
import heapq
import itertools
import os
import random
import select
import shutil
import struct
import subprocess
import sys
import threading
import time
from functools import cache
from pathlib import Path

INSIDE = "PYTHIAGS_TESTS_IN_OWN_NETWORK"  # set in a test that is there already
NEAR, FAR = "10.77.0.1", "10.77.0.2"
TUN = Path("/dev/net/tun")
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
UNSHARE = ("unshare", "--net") if os.geteuid() == 0 else ("unshare", "--net", "--map-root-user")
HOST = "echo ready; exec sleep infinity"


def run(*words):
    """Run a program, with an error that has what it wrote."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OSError(f"{' '.join(words)}: {done.stderr.strip()}")


@cache
def why_not(kind):
    """Say why there can be no link of a kind here; empty: there can."""
    for tool, package in (("unshare", "util-linux"), ("ip", "iproute2"), ("tc", "iproute2")):
        if shutil.which(tool) is None:
            return f"{tool} is not installed: apt-get install {package}"
    tries = {
        "relay": "ip tuntap add dev probe mode tun",
        "netem": "ip link add near type veth peer name far && "
        "tc qdisc add dev near root netem delay 1ms",
    }
    try:
        run(*UNSHARE, "ip", "link", "set", "lo", "up")
        run(*UNSHARE, "sh", "-c", tries[kind])
    except OSError as error:
        return f"no network of two hosts here: {error}"
    return ""


class Link:
    """Two hosts and what is between them.

    Args:
        kind: ``"netem"`` or ``"relay"``.

    Attributes:
        command: What a program is started with that is to run on the other host.
        address: The other host's.
    """

    address = FAR

    def __init__(self, kind):
        self._kind = kind
        self._relay = None

    def __enter__(self):
        run("ip", "link", "set", "lo", "up")
        self._host = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", HOST], stdout=subprocess.PIPE, text=True
        )
        assert self._host.stdout.readline() == "ready\n"
        number = str(self._host.pid)
        self.command = ("nsenter", "--target", number, "--net")
        if self._kind == "netem":
            pair = ("near", "type", "veth", "peer", "name", "far", "netns", number)
            run("ip", "link", "add", *pair)
        else:
            self._relay = Relay("near", "far")
            run("ip", "link", "set", "far", "netns", number)
        for before, name, own, other in (((), "near", NEAR, FAR), (self.command, "far", FAR, NEAR)):
            run(*before, "ip", "address", "add", own, "peer", other, "dev", name)
            run(*before, "ip", "link", "set", name, "up")
        run(*self.command, "ip", "link", "set", "lo", "up")
        return self

    def __exit__(self, *_):
        if self._relay is not None:  # before the other host, which has a device of its
            self._relay.close()
        self._host.kill()
        self._host.wait()
        self._host.stdout.close()

    @contextlib.contextmanager
    def running(self, program):
        """Run a program of Python's on the other host; gives the first line that it prints."""
        process = subprocess.Popen(
            [*self.command, sys.executable, str(program)], stdout=subprocess.PIPE, text=True
        )
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()
            process.wait()
            process.stdout.close()

    def impair(self, *, loss=0.0, delay=0.0, jitter=0.0):
        """From now on, and in both directions, have packets lost and late.

        Args:
            loss: The share of packets that is lost.
            delay: Seconds that a packet takes.
            jitter: Seconds that this may be more, or less; packets may overtake others.
        """
        if self._relay is not None:
            self._relay.impairment = (loss, delay, jitter)
            return
        words = f"delay {delay * 1e3}ms {jitter * 1e3}ms loss {loss * 100}%".split()
        for before, name in (((), "near"), (self.command, "far")):
            run(*before, *f"tc qdisc replace dev {name} root netem".split(), *words)

    def heal(self):
        """Have all packets arrive, at once."""
        self.impair()


class Relay(threading.Thread):
    """Carries packets between two devices that it makes, and ends with them.

    Attributes:
        impairment: As of ``Link.impair``: loss, delay, jitter.
    """

    def __init__(self, *names):
        super().__init__(name="relay", daemon=True)
        self.impairment = (0.0, 0.0, 0.0)
        self._ends = [_device(name) for name in names]
        self._woken, self._wake = os.pipe()
        self.start()

    def close(self):
        os.write(self._wake, b"x")
        self.join()
        for each in (*self._ends, self._wake, self._woken):
            os.close(each)

    def run(self):
        dice, numbers = random.Random(0), itertools.count()
        late = []  # (due, number, to which end, packet)
        while True:
            left = max(0.0, late[0][0] - time.monotonic()) if late else None
            ready, _, _ = select.select([*self._ends, self._woken], [], [], left)
            if self._woken in ready:
                return
            loss, delay, jitter = self.impairment
            for end in ready:
                packet = os.read(end, 1 << 16)
                if dice.random() >= loss:
                    due = time.monotonic() + delay + jitter * (2 * dice.random() - 1)
                    other = self._ends[end == self._ends[0]]
                    heapq.heappush(late, (due, next(numbers), other, packet))
            while late and late[0][0] <= time.monotonic():
                _, _, end, packet = heapq.heappop(late)
                _send(end, packet)


def _send(end, packet):
    with contextlib.suppress(OSError):  # the device is down: as if the packet were lost
        os.write(end, packet)


def _device(name):
    descriptor = os.open(TUN, os.O_RDWR | os.O_CLOEXEC)
    fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    return descriptor
