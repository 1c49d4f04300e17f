"""A plugin that is linked to NVIDIA's libraries of metadata, as if compiled for DeepStream."""

from __future__ import annotations

import subprocess
from pathlib import Path

from pythiags.testing.carriers.nvidia import library_path

SOURCE = Path(__file__).parents[1] / "portable" / "compiled.c"


def compile_plugin(folder):
    """Compile the plugin of the element ``dscompiled`` into a folder; its file."""
    plugin, library = folder / "libgstdscompiled.so", library_path()
    packages = ("gstreamer-1.0", "gstreamer-base-1.0")
    flags = subprocess.run(
        ["pkg-config", "--cflags", "--libs", *packages], capture_output=True, text=True, check=True
    )
    words = [
        *("cc", "-shared", "-fPIC", "-o", str(plugin), str(SOURCE)),
        *flags.stdout.split(),
        *(f"-L{library}", f"-Wl,-rpath,{library}", "-lnvdsgst_meta", "-lnvds_meta"),
    ]
    subprocess.run(words, check=True, timeout=100)
    return plugin
