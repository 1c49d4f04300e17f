#!/usr/bin/python3
"""Run the tests of GStreamer on another version of it, with the wheel that Debian 12 builds.

    sudo make test-gst GST=1.26
    sudo tools/test_gst.py 1.26 tests/gst/test_analytics.py

The wheel is built in a folder of Debian 12, for its Python 3.11 and its GStreamer 1.22, and
installed in a folder of a release that has the other GStreamer: nothing of pythiags is compiled
there. Ubuntu 22.04 has Python 3.11 among its updates; another release without it gets it from
Debian 12. See :mod:`folders` for what this machine needs; folders are kept, and the second time
only the wheel is built anew, and the tests run.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from dist_all import build
from folders import CannotRun, Folder

RELEASES = {"1.20": "jammy", "1.26": "trixie", "1.28": "forky"}
BUILDER = "bookworm"
TESTS = ("tests/metadata", "tests/extractors", "tests/gst", "tests/portable")
PREPARE = """
if [ -f /etc/apt/sources.list ] && grep --quiet ubuntu /etc/apt/sources.list; then
    sed 's/^\\(deb [^ ]* [^ ]*\\)/\\1-updates/' /etc/apt/sources.list \\
        >/etc/apt/sources.list.d/updates.list
    apt-get update --quiet --quiet
fi
setup/install-packages setup/aptitude.run.list setup/aptitude.build.list setup/aptitude.test.list
if [ -z "$(apt-cache madison python3.11)" ]; then
    echo 'deb http://deb.debian.org/debian bookworm main' >/etc/apt/sources.list.d/bookworm.list
    printf 'Package: *\\nPin: release n=bookworm\\nPin-Priority: 50\\n' \\
        >/etc/apt/preferences.d/bookworm
    apt-get update --quiet --quiet
fi
DEBIAN_FRONTEND=noninteractive apt-get install --quiet --quiet --yes --no-install-recommends \\
    python3.11 libpython3.11-dev libgirepository1.0-dev libcairo2-dev >/dev/null
# Without python3.11-venv, which wants to be the system's Python: the system's pip serves both.
[ -x /root/pip/bin/pip ] || python3 -m venv /root/pip
[ -x /root/gst/bin/python ] || python3.11 -m venv --without-pip /root/gst
/root/pip/bin/pip install --quiet 'pip>=25.1'
pip="/root/pip/bin/pip --python /root/gst/bin/python install --quiet"
$pip 'PyGObject<3.52' --group test
"""
RUN = """
pip="/root/pip/bin/pip --python /root/gst/bin/python install --quiet"
$pip --force-reinstall --no-deps /root/wheel/*.whl
$pip "$(ls /root/wheel/*.whl)[cli,infer]"
version='from pythiags.gst import Gst; print(Gst.version_string())'
/root/gst/bin/python -W ignore -c "$version"
# Not as the first process of the folder, as which xvfb-run never hears that the screen is there.
xvfb-run --auto-servernum /root/gst/bin/python -m pytest --quiet -p no:cacheprovider "$@" || exit $?
"""


def main() -> int:
    """Test on the version that the command line names first; what follows is for pytest."""
    version, *words = sys.argv[1:] or [""]
    if version not in RELEASES:
        raise CannotRun(f"no release for GStreamer {version!r}; known: {', '.join(RELEASES)}")
    wheel = build(BUILDER)
    folder = Folder(RELEASES[version], name="gst")
    folder.make()
    wheels = folder.path / "root" / "wheel"
    shutil.rmtree(wheels, ignore_errors=True)
    wheels.mkdir()
    shutil.copy(wheel, wheels)
    if folder.run("sh", "-euc", PREPARE) != 0:
        raise CannotRun(f"{folder.release} lacks what the tests need")
    return folder.run("sh", "-euc", RUN, "test", *(words or TESTS))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CannotRun as problem:
        sys.exit(f"{Path(sys.argv[0]).name}: {problem}")
