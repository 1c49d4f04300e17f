"""The package as it is installed."""

import subprocess
import sys


def test_importing_pythiags_loads_nothing_heavy():
    code = (
        "import sys, pythiags;"
        "heavy = ('gi', 'numpy', 'click', 'rich', 'kivy', 'onnxruntime', 'logging.config');"
        "print([name for name in heavy if name in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_the_native_core_loads():
    from pythiags.gst import _gst

    assert isinstance(_gst.portable_factories(), list)
