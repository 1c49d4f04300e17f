#!/usr/bin/python3
"""Run a command in a minimal folder of a Debian or Ubuntu release, as on a fresh machine.

The folder has what ``debootstrap --variant=minbase`` puts there, git, make and certificates, and a
clone of the commit that is checked out here. It is kept under ``build/folders``::

    sudo tools/folders.py trixie -- make test
    sudo tools/folders.py --fresh jammy -- sh -c 'make demo && make test'
    sudo tools/folders.py --arch arm64 bookworm -- make install

Another architecture than the machine's runs in qemu's user emulation.

The environment of the folder is the caller's as far as pip, proxies and certificates go.
``FOLDERS_BIND`` names files and folders of this machine that are to be seen in there, for example
where pip's configuration and a package index of your own are; ``FOLDERS_DEBOOTSTRAP`` has more
options for debootstrap, such as ``--no-check-gpg`` where Ubuntu's keys are not installed.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ROOT / "build" / "folders"
CLONE = "root/pythiags"
PACKAGES = "git,make,ca-certificates"
PASSED_ON = ("PIP_", "SSL_CERT_", "http", "HTTP", "no_proxy", "NO_PROXY")
EMULATORS = {"arm64": "qemu-aarch64", "amd64": "qemu-x86_64"}
BINFMT = Path("/proc/sys/fs/binfmt_misc")


class Release(NamedTuple):
    """Where a release comes from."""

    mirror: str
    options: tuple[str, ...] = ()
    script: str = ""  # of debootstrap, where it may not know the release
    expires: bool = False  # its lists are good for a week, and a mirror may be older


DEBIAN = Release("http://deb.debian.org/debian")
UBUNTU = Release(
    "http://archive.ubuntu.com/ubuntu",
    ("--components=main,universe",),
    "/usr/share/debootstrap/scripts/gutsy",
)
# As sid: what Debian 12 has of debootstrap may not know the release that comes after the next.
TESTING = DEBIAN._replace(script="/usr/share/debootstrap/scripts/sid", expires=True)
RELEASES = {
    "jammy": UBUNTU,
    "bookworm": DEBIAN,
    "noble": UBUNTU,
    "trixie": DEBIAN,
    "forky": TESTING,
}
PORTS = "http://ports.ubuntu.com/ubuntu-ports"  # of Ubuntu, for all but amd64

# Mounts end with the namespace, whatever becomes of the command.
ENTER = """
folder=$1 binds=$2; shift 2
mount --rbind /dev "$folder/dev"
mount -t proc proc "$folder/proc"
mount --rbind /sys "$folder/sys"
mount -t tmpfs shm "$folder/dev/shm"
mount -t tmpfs tmp "$folder/tmp"
for path in $binds; do
    if [ -d "$path" ]; then mkdir -p "$folder$path"
    else mkdir -p "$(dirname "$folder$path")"; touch "$folder$path"; fi
    mount --bind "$path" "$folder$path"
done
exec chroot "$folder" "$@"
"""


class CannotRun(Exception):
    """Something is missing here; the message says what, and what to do."""


def native_arch() -> str:
    """Return Debian's name of this machine's architecture."""
    names = {"x86_64": "amd64", "aarch64": "arm64"}
    machine = os.uname().machine
    return names.get(machine, machine)


def check(arch: str) -> None:
    """See that folders of an architecture can be made and entered here.

    Raises:
        CannotRun: They cannot.
    """
    if os.geteuid() != 0:
        raise CannotRun("folders are entered as root: run it with sudo")
    for tool, package in (("debootstrap", "debootstrap"), ("unshare", "util-linux")):
        if shutil.which(tool) is None:
            raise CannotRun(f"{tool} is not installed: apt-get install {package}")
    if arch == native_arch():
        return
    emulator = EMULATORS.get(arch)
    if emulator is None:
        raise CannotRun(f"no emulator is known for {arch}; known: {', '.join(EMULATORS)}")
    entry = BINFMT / emulator
    if not entry.exists() or "enabled" not in entry.read_text():
        raise CannotRun(
            f"the kernel does not start programs of {arch} ({entry} is missing or disabled):\n"
            "  apt-get install qemu-user-static binfmt-support\n"
            f"  mount -t binfmt_misc none {BINFMT}   # unless it is mounted\n"
            f"  update-binfmts --enable {emulator}"
        )


class Folder:
    """A folder of a release; made when it is first needed, and kept.

    Args:
        release: Its name.
        arch: Debian's name of an architecture; that of this machine if none is named.
        name: Distinguishes it from other folders of the release.

    Raises:
        CannotRun: The release is not known, or this machine cannot run such folders.
    """

    def __init__(self, release: str, arch: str = "", name: str = "work") -> None:
        if release not in RELEASES:
            raise CannotRun(f"unknown release {release!r}; known: {', '.join(RELEASES)}")
        self.release = release
        self.arch = arch or native_arch()
        check(self.arch)
        self.base = FOLDERS / f"{release}-{self.arch}.base"
        self.path = FOLDERS / f"{release}-{self.arch}.{name}"

    @property
    def clone(self) -> Path:
        """Where the repository is, seen from outside."""
        return self.path / CLONE

    def make(self, *, fresh: bool = False) -> None:
        """Make what is missing, and bring the clone to the commit that is checked out here."""
        if not self.base.exists():
            self._bootstrap()
        if fresh and self.path.exists():
            shutil.rmtree(self.path)
        if not self.path.exists():
            copy = self.path.with_suffix(".part")
            shutil.rmtree(copy, ignore_errors=True)
            run("cp", "--archive", "--reflink=auto", str(self.base), str(copy))
            copy.rename(self.path)
        if RELEASES[self.release].expires:
            settings = self.path / "etc" / "apt" / "apt.conf.d" / "old-mirror"
            settings.write_text('Acquire::Check-Valid-Until "false";\n')
        for name in ("resolv.conf", "hosts"):
            shutil.copyfile(f"/etc/{name}", self.path / "etc" / name)
        self._update_clone()

    def run(self, *command: str) -> int:
        """Run a command in the clone; returns its exit code."""
        environment = {
            "HOME": "/root",
            "LANG": "C.UTF-8",
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            **{name: value for name, value in os.environ.items() if name.startswith(PASSED_ON)},
        }
        binds = os.environ.get("FOLDERS_BIND", "").split()
        return enter(self.path, f"cd /{CLONE}", command, environment, binds)

    def _bootstrap(self) -> None:
        mirror, options, script, _ = RELEASES[self.release]
        if mirror == UBUNTU.mirror and self.arch != "amd64":
            mirror = PORTS
        part = self.base.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        part.parent.mkdir(parents=True, exist_ok=True)
        print(f"{self.release} {self.arch}: debootstrap", flush=True)
        run(
            *("debootstrap", "--variant=minbase", f"--arch={self.arch}", f"--include={PACKAGES}"),
            *options,
            *os.environ.get("FOLDERS_DEBOOTSTRAP", "").split(),
            *(self.release, str(part), mirror),
            *([script] if script else []),
        )
        part.rename(self.base)

    def _update_clone(self) -> None:
        git = ("git", "-c", "advice.detachedHead=false")
        if self.clone.exists():
            run(*git, "-C", str(self.clone), "fetch", "--quiet", str(ROOT), "HEAD")
            run(*git, "-C", str(self.clone), "checkout", "--quiet", "--force", "FETCH_HEAD")
        else:
            run(*git, "clone", "--quiet", "--no-hardlinks", str(ROOT), str(self.clone))


def enter(
    folder: Path,
    first: str,
    command: Sequence[str],
    environment: Mapping[str, str],
    binds: Sequence[str | Path] = (),
) -> int:
    """Run a command in a folder of a release; returns its exit code.

    Args:
        folder: Its root.
        first: A shell's command that runs in there before.
        command: The command.
        environment: All of its environment.
        binds: Files and folders of this machine that are seen in there, at the same places.
    """
    words = [
        *("unshare", "--mount", "--pid", "--fork", "--propagation", "private"),
        *("sh", "-euc", ENTER, "enter", str(folder), " ".join(map(str, binds))),
        *("/bin/sh", "-c", f"{first} && exec {shlex.join(command)}"),
    ]
    return subprocess.run(words, env=environment, check=False).returncode


def run(*words: str) -> None:
    """Run a program.

    Raises:
        CannotRun: It failed; with the last lines that it wrote.
    """
    done = subprocess.run(
        words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode != 0:
        last = "\n".join(done.stdout.splitlines()[-10:])
        raise CannotRun(f"{words[0]} failed with exit code {done.returncode}:\n{last}")


def main() -> int:
    """Run what the command line says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--arch", default="", help="arm64, for example; this machine's")
    parser.add_argument("--fresh", action="store_true", help="begin with a pristine folder")
    parser.add_argument("release", choices=RELEASES)
    parser.add_argument("command", nargs="+", help="what to run, after --")
    said = parser.parse_args()
    folder = Folder(said.release, said.arch)
    folder.make(fresh=said.fresh)
    return folder.run(*said.command)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CannotRun as problem:
        sys.exit(f"{Path(sys.argv[0]).name}: {problem}")
