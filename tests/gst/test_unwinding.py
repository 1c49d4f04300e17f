"""What GStreamer brings into the process, beside what other libraries need."""

import subprocess
import sys

import pytest

pytest.importorskip("onnxruntime")

RAISE = """
import {first}
from pythiags.gst import Gst
import onnxruntime
try:
    onnxruntime.InferenceSession(b"this is no model")
except Exception as problem:
    print(type(problem).__name__)
"""


@pytest.mark.parametrize("first", ["sys", "numpy", "onnx", "cv2"])
def test_exceptions_of_c_plus_plus_are_raised_whatever_was_imported_before(first):
    """GStreamer's libunwind takes them over otherwise, and the program ends."""
    pytest.importorskip(first)
    words = [sys.executable, "-c", RAISE.format(first=first)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("InvalidProtobuf\n", 0), done.stderr
