"""A card that is full, and what a card cannot do; tensors in libraries that take them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from gpu.playing import CONFIG, VIDEO, play

import pythiags

INFER = (
    f"filesrc location={VIDEO} ! h264parse ! nvv4l2decoder ! m.sink_0 "
    "nvstreammux name=m batch-size=1 width=1280 height=720 ! "
    f"nvinfer config-file-path={CONFIG} ! fakesink name=sink sync=false"
)

MADE = (
    "videotestsrc num-buffers=30 ! video/x-raw,format=Y444,width=640,height=480 ! x264enc ! "
    "h264parse ! video/x-h264,stream-format=byte-stream"
)

# Takes what is free of a card, but for so many MiB, and holds it until its standard input ends.
HOLD = """
import ctypes, sys
from pythiags import nvidia
cuda = ctypes.CDLL(nvidia.libraries()[0].path or "libcudart.so.13")
free, total, at = ctypes.c_size_t(), ctypes.c_size_t(), ctypes.c_void_p()
cuda.cudaMemGetInfo(ctypes.byref(free), ctypes.byref(total))
step = 64 << 20
while free.value > (int(sys.argv[1]) << 20) + step:
    if cuda.cudaMalloc(ctypes.byref(at), ctypes.c_size_t(step)):
        break
    cuda.cudaMemGetInfo(ctypes.byref(free), ctypes.byref(total))
print("held", free.value >> 20, flush=True)
sys.stdin.read()
"""

PLAY = """
import sys
sys.path.insert(0, {folder!r})
from gpu.playing import run
found, error = run({text!r}, lambda info: 1)
print("found", len(found), "error", error, flush=True)
"""


@pytest.mark.parametrize("left", [100, 700])
def test_a_full_card_is_an_error_that_says_so(left):
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", HOLD, str(left)], **pipes) as holder:
        try:
            print(holder.stdout.readline())
            code = PLAY.format(folder=str(Path(__file__).parents[1]), text=INFER)
            words = [sys.executable, "-c", code]
            done = subprocess.run(words, capture_output=True, text=True, timeout=100, check=False)
        finally:
            holder.stdin.close()
    print(done.returncode, done.stdout[-1500:], done.stderr[-3000:])
    assert done.returncode == 0
    assert "error None" not in done.stdout
    assert "memory" in done.stdout


def test_an_encoder_that_the_card_lacks_is_one_in_software():
    text = (
        f"filesrc location={VIDEO} ! h264parse ! nvv4l2decoder ! nvvideoconvert ! nvv4l2h264enc ! "
        "h264parse ! fakesink name=sink sync=false"
    )
    assert len(play(text, lambda _info: 1, 50)) == 50


def test_video_that_the_card_cannot_decode_is_an_error(tmp_path):
    """No card decodes 4:4:4 of H.264."""
    made = tmp_path / "made.h264"
    words = f"{MADE} ! filesink location={made}".split()
    subprocess.run(["gst-launch-1.0", "-q", *words], check=True)
    code = PLAY.format(
        folder=str(Path(__file__).parents[1]), text=INFER.replace(str(VIDEO), str(made))
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=100, check=False
    )
    print(done.returncode, done.stdout[-1500:], done.stderr[-3000:])
    assert done.returncode == 0
    assert "found 0" in done.stdout
    assert "error None" not in done.stdout


@pytest.mark.parametrize("library", ["cupy", "torch"])
def test_libraries_take_the_tensor_where_it_is(library):
    module = pytest.importorskip(library)

    def read(info):
        taken = module.from_dlpack(pythiags.frame_tensor(info))
        host = taken.get() if library == "cupy" else taken.cpu().numpy()
        return host, pythiags.frame_image(info)

    text = INFER.replace(f"nvinfer config-file-path={CONFIG} ! ", "")
    for luma, picture in play(text, read, 5):
        assert np.array_equal(luma, picture[: len(luma)])
