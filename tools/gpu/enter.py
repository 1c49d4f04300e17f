#!/usr/bin/env python3
r"""Run a command in a bundle of ``bundle.py``, on a machine that needs no internet.

    sudo tools/gpu/enter.py --parts parts --folder folder system pythiags cpu -- \
        python3 benchmarks/run.py detector

The layers that are named are unpacked, unless they are already, and Python finds their packages.
The command runs in the folder of pythiags; where the machine has a card, the driver's libraries and
devices are there too. ``--bind`` shows a file or folder of the machine at the same place, which
is how files come back. In a folder named with ``--libraries`` the dynamic linker looks as well.

It needs Python 3.8, root and util-linux.
"""

from __future__ import annotations

import argparse
import io
import shutil
import sys
import tarfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from folders import CLONE, CannotRun, enter

DRIVER = ("libcuda.so.*", "libnvcuvid.so.*", "libnvidia-*.so.*", "libnvoptix.so.*")
PLACES = ("/usr/local/nvidia/lib64", "/usr/local/nvidia/lib", "/usr/lib/x86_64-linux-gnu",
          "/usr/lib64", "/usr/lib/wsl/lib")  # fmt: skip


class Parts(io.RawIOBase):
    """The parts of an archive as one file, to be read once."""

    def __init__(self, paths: list[Path]) -> None:
        self._paths = paths
        self._file = io.BytesIO()

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: memoryview) -> int:
        """Read from the first part that has anything left."""
        while not (count := self._file.readinto(buffer)) and self._paths:
            self._file.close()
            self._file = self._paths.pop(0).open("rb")
        return count

    def close(self) -> None:
        """Close the part that is being read."""
        self._file.close()
        super().close()


def unpack(layer: str, parts: Path, folder: Path) -> None:
    """Unpack a layer into the folder, unless it has been.

    Raises:
        CannotRun: There are no parts of it, or one is missing.
    """
    paths = sorted(parts.glob(f"{layer}.tar.xz.*"))
    done = folder / f".{layer}"
    stamp = "".join(
        f"{path.name} {path.stat().st_size} {path.stat().st_mtime_ns}\n" for path in paths
    )
    if done.exists() and stamp in ("", done.read_text()):
        return
    if [path.suffix for path in paths] != [f".{number:03}" for number in range(len(paths) or 1)]:
        raise CannotRun(
            f"{parts} lacks parts of {layer}: there are {[each.name for each in paths]}"
        )
    folder.mkdir(parents=True, exist_ok=True)
    with (
        Parts(paths) as file,
        tarfile.open(fileobj=io.BufferedReader(file), mode="r|xz") as archive,
    ):
        if hasattr(tarfile, "fully_trusted_filter"):
            archive.extraction_filter = tarfile.fully_trusted_filter
        archive.extractall(folder)  # noqa: S202 (of our own making)
    done.write_text(stamp)


def driver() -> list[Path]:
    """Return the files of NVIDIA's driver for programs; none where there is no driver."""
    for place in map(Path, PLACES):
        if (place / "libcuda.so.1").exists():
            tools = [path for path in (shutil.which("nvidia-smi"),) if path]
            found = {path for pattern in DRIVER for path in place.glob(pattern)}
            return [*sorted(found), *map(Path, tools)]
    return []


def prepare(folder: Path, binds: list[Path], libraries: list[Path]) -> None:
    """Have the folder's dynamic linker look where the machine's libraries will be."""
    places = {str(path.parent) for path in binds if ".so" in path.name}
    lines = sorted(places | {str(path) for path in libraries})
    (folder / "etc/ld.so.conf.d/machine.conf").write_text("".join(f"{line}\n" for line in lines))


def run(folder: Path, layers: list[str], binds: list[Path], command: list[str]) -> int:
    """Run a command in the folder; returns its exit code."""
    environment = {
        "HOME": "/root",
        "LANG": "C.UTF-8",
        "PATH": "/opt/pythiags/bin:/opt/site/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "PYTHONPATH": ":".join(f"/opt/{each}" for each in (*layers, "site")),
        "PYTHONUNBUFFERED": "1",
    }
    return enter(folder, f"ldconfig && cd /{CLONE}", command, environment, binds)


def main() -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(
        usage="%(prog)s [option ...] LAYER ... -- COMMAND ...",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--parts", type=Path, required=True, help="the folder of the parts")
    parser.add_argument("--folder", type=Path, required=True, help="to unpack to")
    parser.add_argument("--bind", type=Path, action="append", default=[], metavar="PATH")
    parser.add_argument("--libraries", type=Path, action="append", default=[], metavar="FOLDER")
    parser.add_argument("layers", nargs="+", metavar="LAYER")
    middle = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    said, command = parser.parse_args(sys.argv[1:middle]), sys.argv[middle + 1 :]
    for layer in said.layers:
        unpack(layer, said.parts, said.folder)
    binds = [*driver(), *said.bind, *said.libraries]
    prepare(said.folder, binds, said.libraries)
    return run(said.folder, said.layers, binds, command or ["true"])


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CannotRun as problem:
        sys.exit(f"{Path(sys.argv[0]).name}: {problem}")
