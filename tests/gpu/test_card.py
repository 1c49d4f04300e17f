"""On a card: what comes out is what the CPU makes, and nothing is left behind."""

from __future__ import annotations

import ctypes
import resource
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from gpu.playing import CONFIG, VIDEO, boxes, play

import pythiags
from pythiags import frames_per_batch, nvidia, portable
from pythiags.gst import Gst, _gst
from pythiags.portable import card

SOURCE = f"filesrc location={VIDEO} ! h264parse ! nvv4l2decoder ! m.sink_{{}} "
ON_CARD, VISIBLE = "", "nvbuf-memory-type=nvbuf-mem-cuda-pinned"


def text_of(streams, tail, *, memory=ON_CARD, size=(1280, 720), more=""):
    heads = "".join(map(SOURCE.format, range(streams)))
    mux = f"nvstreammux name=m batch-size={streams} width={size[0]} height={size[1]} "
    return f"{heads} {mux} {memory} {more} ! {tail} ! fakesink name=sink sync=false"


def is_surface(info):
    return info.get_buffer().get_size() == 72


# ---- pictures ----


@pytest.mark.parametrize("streams", [1, 3])
def test_pictures_of_the_card_are_those_of_the_cpu(streams):
    """Of the videos' own size: nothing is scaled."""

    def read(info):
        return is_surface(info), [pythiags.frame_image(info, f) for f in frames_per_batch(info)]

    size = video_size()
    on_card, on_cpu = (
        play(text_of(streams, "identity", memory=memory, size=size), read, 20)
        for memory in (ON_CARD, VISIBLE)
    )
    for (here, pictures), (there, expected) in zip(on_card, on_cpu, strict=True):
        assert (here, there) == (True, False)
        assert len(pictures) == len(expected) == streams
        for one, other in zip(pictures, expected, strict=True):
            assert np.array_equal(one, other)


def video_size():
    pipeline = Gst.parse_launch(f"filesrc location={VIDEO} ! h264parse name=p ! fakesink")
    pipeline.set_state(Gst.State.PAUSED)
    pipeline.get_state(20 * Gst.SECOND)
    caps = pipeline.get_by_name("p").get_static_pad("src").get_current_caps().get_structure(0)
    size = caps.get_value("width"), caps.get_value("height")
    pipeline.set_state(Gst.State.NULL)
    return size


@pytest.mark.parametrize("size", [(1280, 720), (640, 480), (384, 288), (1366, 768)], ids=str)
@pytest.mark.parametrize("more", ["", "enable-padding=true", "interpolation-method=0"])
def test_scaled_pictures_are_those_of_the_cpu(size, more):
    """Where the converter's own arithmetic is one step off."""

    def read(info):
        return pythiags.frame_image(info).astype(int)

    on_card, on_cpu = (
        play(text_of(1, "identity", memory=memory, size=size, more=more), read, 20)
        for memory in (ON_CARD, VISIBLE)
    )
    differences = np.abs(np.subtract(on_card, on_cpu))
    luma, chroma = differences[:, : size[1]], differences[:, size[1] :]
    for name, of_it in (("luma", luma), ("U", chroma[..., ::2]), ("V", chroma[..., 1::2])):
        shares = [float((of_it <= limit).mean()) for limit in (0, 1)]
        print(size, more, name, "mean", of_it.mean(), "most", of_it.max(), "within", shares)
        assert shares[1] > 0.999
    assert differences.mean() < 0.1


def test_a_tensor_is_the_picture():
    """Copied by CUDA's own function from where the tensor says that it is."""
    runtime = ctypes.CDLL(nvidia.libraries()[0].path or "libcudart.so.13")

    def read(info):
        tensor = pythiags.frame_tensor(info)
        assert tensor.__dlpack_device__() == (2, 0)
        capsule = tensor.__dlpack__()
        get = ctypes.pythonapi.PyCapsule_GetPointer
        get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
        address = ctypes.c_void_p.from_address(get(capsule, b"dltensor")).value
        rows, columns = tensor.shape
        luma = np.empty((rows, columns), np.uint8)
        done = runtime.cudaMemcpy2D(
            ctypes.c_void_p(luma.ctypes.data), ctypes.c_size_t(columns), ctypes.c_void_p(address),
            ctypes.c_size_t(tensor.strides[0]), ctypes.c_size_t(columns), ctypes.c_size_t(rows), 2,
        )  # fmt: skip
        assert done == 0
        return luma, pythiags.frame_image(info)[:rows]

    for luma, expected in play(text_of(1, "identity"), read, 5):
        assert np.array_equal(luma, expected)


TAILS = (
    "nvdsosd display-clock=true",
    "nvvideoconvert",
    "nvvideoconvert ! video/x-raw,format=RGBA",
    "nvstreamdemux name=d d.src_0",
    "nvmultistreamtiler rows=1 columns=1 width=640 height=360 ! nvdsosd",
    "queue ! tee name=t ! queue",
)


@pytest.mark.parametrize("tail", TAILS)
def test_every_element_takes_its_batches(tail):
    def read(info):
        return next(frames_per_batch(info)).frame_num, pythiags.frame_image(info).shape

    found = play(text_of(1, tail), read, 10)
    assert [number for number, _ in found] == list(range(10))


STAYS = {
    "demux": ("nvstreamdemux name=d d.src_1 ! fakesink async=false d.src_0", 0),
    "mosaic": ("nvmultistreamtiler rows=2 columns=2 width=640 height=480", 5),
    "shown": ("nvmultistreamtiler rows=2 columns=2 show-source=1 width=640 height=480", 5),
    "RGBA": ("nvvideoconvert ! video/x-raw(memory:NVMM),format=RGBA", 5),
    "smaller": ("nvvideoconvert ! video/x-raw(memory:NVMM),width=320,height=240", 5),
    "cropped": ("nvvideoconvert src-crop=100:50:200:100 dest-crop=0:0:400:200", 5),
}


@pytest.mark.parametrize(("tail", "most"), STAYS.values(), ids=STAYS)
def test_elements_that_work_on_the_card_do_what_the_cpu_does(tail, most):
    def read(info):
        frame = next(frames_per_batch(info))
        return is_surface(info), pythiags.frame_image(info, frame).astype(int)

    on_card, on_cpu = (
        play(text_of(2, tail, memory=memory, size=video_size()), read, 10)
        for memory in (ON_CARD, VISIBLE)
    )
    for (here, one), (there, other) in zip(on_card, on_cpu, strict=True):
        assert (here, there) == (True, False)
        difference = np.abs(one - other)
        print(tail, "mean", difference.mean(), "most", difference.max())
        assert difference.mean() <= most


# ---- objects ----


def distance(one, other):
    return max(abs(a - b) for a, b in zip(one[1:5], other[1:5], strict=True))


def compare(on_card, on_cpu):
    """Match boxes of the same class; give the distances, and how many have no partner."""
    near, alone, moved = [], 0, []
    for batch, expected in zip(on_card, on_cpu, strict=True):
        for found, wanted in zip(batch, expected, strict=True):
            left = list(wanted)
            for one in found:
                same = [other for other in left if other[0] == one[0]]
                best = min(same, key=lambda other: distance(one, other), default=None)
                if best is None or distance(one, best) > 20:
                    alone += 1
                    continue
                left.remove(best)
                near.append(distance(one, best))
                moved.append(np.subtract(one[1:6], best[1:6]))
            alone += len(left)
    print("moved on average", np.mean(moved, axis=0), "median", np.median(moved, axis=0))
    return np.array(near), alone


@pytest.mark.parametrize("scaled", [False, True])
def test_boxes_are_those_of_the_cpu(monkeypatch, scaled):
    """Where the muxer scales, too."""
    infer = f"nvinfer config-file-path={CONFIG} batch-size=2"
    size = (1280, 720) if scaled else video_size()
    on_card = play(text_of(2, infer, size=size), boxes)
    monkeypatch.setattr(card, "providers", lambda *_: ["CPUExecutionProvider"])
    monkeypatch.setattr("pythiags.portable.session.providers", card.providers)
    on_cpu = play(text_of(2, infer, memory=VISIBLE, size=size), boxes)
    assert sum(len(frame) for batch in on_cpu for frame in batch) > 1000
    near, alone = compare(on_card, on_cpu)
    shares = {limit: float((near <= limit).mean()) for limit in (0.5, 1, 2, 4)}
    print("boxes", len(near), "without a partner", alone, "within", shares, "most", near.max())
    assert (near <= 1).mean() > 0.98
    assert alone <= 0.02 * len(near)


def test_host_pictures_are_inferred_on_the_card(monkeypatch):
    infer = f"nvinfer config-file-path={CONFIG} batch-size=2"
    on_card = play(text_of(2, infer, memory=VISIBLE), boxes, 40)
    monkeypatch.setattr(card, "providers", lambda *_: ["CPUExecutionProvider"])
    monkeypatch.setattr("pythiags.portable.session.providers", card.providers)
    on_cpu = play(text_of(2, infer, memory=VISIBLE), boxes, 40)
    near, alone = compare(on_card, on_cpu)
    assert (near <= 1).mean() > 0.99
    assert alone <= 0.02 * len(near)


# ---- nothing is left behind ----


def free_memory():
    runtime = ctypes.CDLL(nvidia.libraries()[0].path or "libcudart.so.13")
    free, total = ctypes.c_size_t(), ctypes.c_size_t()
    assert runtime.cudaMemGetInfo(ctypes.byref(free), ctypes.byref(total)) == 0
    return free.value


def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


@pytest.mark.timeout(400)
def test_ten_thousand_batches_leave_nothing(tmp_path):
    """In one run, after a first part in which caches and pools fill."""
    long = tmp_path / "long.h264"
    with long.open("wb") as file:
        for _ in range(36):
            file.write(VIDEO.read_bytes())
    marks = []
    infer = f"nvinfer config-file-path={CONFIG}"
    text = text_of(1, infer).replace(str(VIDEO), str(long))

    def read(_info):
        if len(marks) % 500 == 0:
            marks.append((free_memory(), resident()))
        else:
            marks.append(None)

    play(text, read)
    kept = [each for each in marks if each]
    print(
        "batches", len(marks), "free", [f >> 20 for f, _ in kept], "rss", [r >> 20 for _, r in kept]
    )
    assert len(marks) >= 10_000
    half = len(kept) // 2
    assert min(f for f, _ in kept[half:]) >= kept[half][0] - (8 << 20)
    assert kept[-1][1] <= kept[half][1] + (16 << 20)


@pytest.mark.timeout(300)
def test_starts_and_stops_leave_nothing():
    infer = f"nvinfer config-file-path={CONFIG}"
    text = text_of(1, infer).replace("sync=false", "sync=false num-buffers=20")
    seen = []
    for _ in range(12):
        play(text, is_surface)
        seen.append((free_memory() >> 20, resident() >> 20))
    print("free and resident after each of the starts", seen)
    assert seen[-1][0] >= seen[5][0] - 8
    assert seen[-1][1] <= seen[5][1] + 60


KILLED = """
import sys, time
sys.path.insert(0, {folder!r})
from gpu import test_card as test
seen = []
def read(info):
    seen.append(1)
    if len(seen) == 5:
        print("runs", flush=True)
        time.sleep(60)
test.play(test.text_of(1, "nvinfer config-file-path={config}"), read)
"""


@pytest.mark.timeout(400)
def test_fifty_killed_programs_leave_nothing():
    code = KILLED.format(folder=str(Path(__file__).parents[1]), config=CONFIG)
    before = free_memory()
    for _ in range(5):
        words = [sys.executable, "-c", code]
        pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        programs = [subprocess.Popen(words, **pipe) for _ in range(10)]
        for each in programs:
            told = []
            while "runs\n" not in told[-1:] and (line := each.stdout.readline()):
                told.append(line)
            each.kill()
            ended = each.wait()
            each.stdout.close()
            assert ended == -signal.SIGKILL, f"{ended}: {''.join(told)}"
    after = free_memory()
    print("free before and after", before >> 20, after >> 20)
    assert after >= before - (64 << 20)


def test_an_extractor_of_the_app_gets_everything_in_order():
    got = []

    class Keep(pythiags.Extractor):
        def extract_metadata(self, _pad, info):
            got.append([(f.source_id, f.frame_num) for f in frames_per_batch(info)])
            return []

    portable.install()
    infer = f"nvinfer name=pgie config-file-path={CONFIG} batch-size=4"
    with pythiags.App(text_of(4, infer)) as app:
        counter = _gst.BufferCounter(app.pipeline.get_by_name("sink").get_static_pad("sink"))
        app.attach("pgie", Keep(), Nothing(), worker="thread")
        app.run()
    assert len(got) == counter.count
    for source in range(4):
        numbers = [number for batch in got for which, number in batch if which == source]
        assert numbers == list(range(len(numbers)))
        assert len(numbers) >= 299


class Nothing(pythiags.Consumer):
    """Takes nothing."""

    def incoming(self, _events):
        """Take them."""
