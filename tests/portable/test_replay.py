"""Runs of a network that are recorded and replayed: here on the CPU, with a stream that repeats."""

import ctypes
import logging
from dataclasses import replace

import numpy as np
import pytest

from pythiags import data
from pythiags.inference import keys, read_config
from pythiags.portable import stream
from pythiags.portable.oncard import MOST_RECORDED, records
from pythiags.portable.replay import IN_A_ROW, Feed, Runner
from pythiags.portable.stream import Stream, open_stream

CPU = ("cpu", 0)


class Repeating:
    """A stream of a CPU: what was recorded is called again."""

    def __init__(self, lasts=True, fails=False, forgets=False):
        self.lasts, self.fails, self.forgets = lasts, fails, forgets
        self.recorded = self.replayed = 0
        self.closed = False
        self.handle = 1

    def enter(self):
        """There is but one."""

    def wait(self):
        """All is done already."""

    def array(self, shape, dtype):
        return np.empty(shape, dtype)

    def copy(self, to, source, size):
        ctypes.memmove(to, source, size)

    def fetch(self, to, source):
        ctypes.memmove(to.ctypes.data, source, to.nbytes)

    def fill(self, to, size):
        ctypes.memset(to, 0, size)

    def record(self, work):
        if self.fails:
            raise RuntimeError("this card records nothing")
        self.work = work
        self.recorded += 1
        return self.lasts

    def replay(self):
        self.replayed += 1
        if not self.forgets:
            self.work()

    def forget(self):
        self.work = None

    def close(self):
        self.closed = True


@pytest.fixture
def session():
    """A network that adds a number to the pixels of pictures, and gives their sum too."""
    onnx = pytest.importorskip("onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    node, value = onnx.helper.make_node, onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [
            node("Cast", ["pictures"], ["numbers"], to=onnx.TensorProto.FLOAT),
            node("Add", ["numbers", "more"], ["added"]),
            node("ReduceSum", ["added"], ["sum"], keepdims=0),
        ],
        "network",
        [
            value("pictures", onnx.TensorProto.UINT8, ["N", 2, 3]),
            value("more", onnx.TensorProto.FLOAT, [1]),
        ],
        [
            value("added", onnx.TensorProto.FLOAT, ["N", 2, 3]),
            value("sum", onnx.TensorProto.FLOAT, []),
        ],
    )
    opset = [onnx.helper.make_opsetid("", 13)]
    model = onnx.helper.make_model(graph, opset_imports=opset, ir_version=8)
    return onnxruntime.InferenceSession(model.SerializeToString())


class Trial:
    """Runs a network on pictures, and knows what it must find."""

    def __init__(self, session, stream):
        import onnxruntime

        options = onnxruntime.RunOptions()
        self.random = np.random.default_rng(0)
        self.runner = Runner(
            onnxruntime, session, options, device=CPU, names=("added", "sum"), stream=stream
        )

    def run(self, count=2, more=0.5):
        pictures = self.random.integers(0, 255, (count, 2, 3), np.uint8)

        def feed():
            return Feed(("pictures", pictures.shape), {"more": np.array([more], np.float32)})

        fetch = self.runner.run((count, more), feed, pictures.ctypes.data)
        added, total = fetch(("added", "sum"))
        np.testing.assert_array_equal(added, pictures + np.float32(more))
        assert total == pytest.approx(added.sum())

    def runs(self, times, *kind):
        for _ in range(times):
            self.run(*kind)


def test_a_run_that_is_repeated_is_recorded_and_then_replayed(session):
    card = Repeating()
    trial = Trial(session, card)
    trial.runs(IN_A_ROW - 1)
    assert (card.recorded, card.replayed) == (0, 0)
    trial.runs(5)
    assert (card.recorded, card.replayed) == (1, 6)  # the first is compared


@pytest.mark.parametrize("other", [(1,), (2, 7.0)], ids=["of another shape", "otherwise"])
def test_other_runs_are_not_replayed(session, other):
    card = Repeating()
    trial = Trial(session, card)
    trial.runs(IN_A_ROW)
    before = card.replayed
    trial.runs(3, *other)
    assert card.replayed == before
    trial.run()
    assert (card.recorded, card.replayed) == (1, before + 1)


def test_another_run_that_is_repeated_is_recorded_in_its_place(session):
    card = Repeating()
    trial = Trial(session, card)
    trial.runs(IN_A_ROW)
    trial.runs(IN_A_ROW, 1)
    assert card.recorded == 2
    before = card.replayed
    trial.run(1)
    trial.run(2)
    assert card.replayed == before + 1


def test_what_reads_memory_of_the_host_is_recorded_anew_after_another_run(session):
    card = Repeating(lasts=False)
    trial = Trial(session, card)
    trial.runs(IN_A_ROW)
    before = card.replayed
    trial.run(1)
    trial.runs(IN_A_ROW - 1)
    assert (card.recorded, card.replayed) == (1, before)
    trial.run()
    assert card.recorded == 2


@pytest.mark.parametrize(
    "card",
    [Repeating(fails=True), Repeating(forgets=True)],
    ids=["it cannot be recorded", "it gives other outputs"],
)
def test_where_it_does_not_work_runs_are_as_before_and_it_is_said_once(session, card, caplog):
    trial = Trial(session, card)
    with caplog.at_level(logging.INFO, "pythiags.nvinfer"):
        trial.runs(3 * IN_A_ROW)
    (said,) = (each.message for each in caplog.records)
    assert "launched one by one" in said
    assert card.replayed <= 1


def test_without_a_stream_nothing_is_recorded(session):
    trial = Trial(session, None)
    trial.runs(IN_A_ROW + 2)
    trial.runner.close()


def test_the_stream_is_closed_after_the_session(session):
    card = Repeating()
    trial = Trial(session, card)
    trial.runs(IN_A_ROW)
    trial.runner.close()
    assert card.closed
    assert trial.runner.session is None


# ---- the driver, and what of a recording is refused ----

KERNEL, COPY, FILL, CALL, ALLOCATION = 0, 1, 2, 3, 10
DEVICE, ON_HOST = 2, 1
PINNED, FREED = 0x1000, 0x2000


class Driver:
    """CUDA's functions, with their arguments in CUDA's order."""

    def __init__(self, nodes):
        self.nodes = nodes  # (kind, source, is last)
        self.calls = []

    def __getattr__(self, name):
        def call(*arguments):
            self.calls.append(name)
            return (getattr(type(self), f"do_{name.lower()}", None) or (lambda *_: 0))(
                self, *arguments
            )

        self.__dict__[name] = call
        return call

    def _made(self, out, *_):
        out._obj.value = 0x77
        return 0

    do_cudeviceprimaryctxretain = do_custreamcreate = do_cueventcreate = _made
    do_cugraphinstantiatewithflags = _made

    def do_custreamendcapture(self, _stream, out):
        return self._made(out)

    def do_cugraphgetnodes(self, _graph, nodes, count):
        count._obj.value = len(self.nodes)
        for i in range(len(self.nodes) if nodes is not None else 0):
            nodes[i] = 1 + i
        return 0

    def do_cugraphnodegettype(self, node, out):
        out._obj.value = self.nodes[node - 1][0]
        return 0

    def do_cugraphnodegetdependentnodes(self, node, _nodes, count):
        count._obj.value = int(not self.nodes[node - 1][2])
        return 0

    def do_cugraphmemcpynodegetparams(self, node, out):
        source = self.nodes[node - 1][1]
        out._obj.source_type = DEVICE if source is None else ON_HOST
        out._obj.source_host = source or 0
        out._obj.to_type = DEVICE
        return 0

    def do_cupointergetattribute(self, out, _attribute, address):
        out._obj.value = ON_HOST
        return int(address == FREED)


@pytest.fixture
def record(monkeypatch):
    """``record(node...)``: what a stream says of a recording with these steps."""

    def record(*nodes):
        driver = Driver(nodes)
        monkeypatch.setattr(stream.ctypes, "CDLL", lambda _name: driver)
        one = Stream(0)
        try:
            return one.record(lambda: None), driver.calls
        finally:
            one.close()

    return record


def test_steps_on_the_card_last(record):
    lasts, calls = record((KERNEL, None, False), (COPY, None, False), (FILL, None, True))
    assert lasts
    assert calls.count("cuGraphExecDestroy") == calls.count("cuGraphDestroy") == 1
    assert calls[-1] == "cuDevicePrimaryCtxRelease_v2"


def test_copies_of_memory_that_stays_are_told_of(record):
    assert record((COPY, PINNED, False), (KERNEL, None, True))[0] is False


def test_a_call_at_the_end_is_left_out(record):
    lasts, calls = record((KERNEL, None, False), (CALL, None, True))
    assert lasts
    assert calls.count("cuGraphDestroyNode") == 1


@pytest.mark.parametrize(
    ("node", "says"),
    [
        ((COPY, FREED, False), "may be freed"),
        ((CALL, None, False), "twice"),
        ((ALLOCATION, None, False), "twice"),
    ],
)
def test_what_cannot_be_done_twice_is_refused(record, node, says):
    with pytest.raises(RuntimeError, match=says):
        record((KERNEL, None, False), node, (KERNEL, None, True))


def full(monkeypatch, function):
    """Have a function say that there is no memory left."""
    driver = Driver([])
    setattr(driver, function, lambda *_: 2)
    monkeypatch.setattr(stream.ctypes, "CDLL", lambda _name: driver)
    return driver


def test_a_call_of_the_driver_that_fails_is_an_error_of_cuda(monkeypatch):
    driver = full(monkeypatch, "cuStreamCreate")
    with pytest.raises(RuntimeError, match="CUDA failure 2 of cuStreamCreate"):
        Stream(0)
    assert driver.calls[-1] == "cuDevicePrimaryCtxRelease_v2"


@pytest.mark.parametrize("function", ["cuDevicePrimaryCtxRetain", "cuStreamCreate"])
def test_a_full_card_has_no_stream_and_the_network_says_what_is_wrong(
    monkeypatch, caplog, function
):
    full(monkeypatch, function)
    with caplog.at_level(logging.INFO, "pythiags.portable.stream"):
        assert open_stream(0) is None
    assert f"CUDA failure 2 of {function}" in caplog.text


@pytest.mark.parametrize(
    "function", ["cuCtxSetCurrent", "cuGraphExecDestroy", "cuEventDestroy_v2", "cuStreamDestroy_v2"]
)
def test_all_is_given_back_that_a_failing_card_takes(monkeypatch, caplog, function):
    driver = Driver([(KERNEL, None, True)])
    monkeypatch.setattr(stream.ctypes, "CDLL", lambda _name: driver)
    one = Stream(0)
    one.record(lambda: None)
    setattr(driver, function, lambda *_: 719)
    with caplog.at_level(logging.INFO, "pythiags.portable.stream"):
        one.close()
    assert f"CUDA failure 719 of {function}" in caplog.text
    rest = {"cuEventDestroy_v2", "cuStreamDestroy_v2", "cuDevicePrimaryCtxRelease_v2"} - {function}
    assert rest <= {*driver.calls}


def test_without_a_driver_there_is_no_stream(monkeypatch):
    monkeypatch.setattr(stream, "DRIVER", "libno-such-driver.so.1")
    assert open_stream(0) is None


# ---- which networks ----


@pytest.mark.parametrize(
    ("more", "size", "expected"),
    [
        ({}, MOST_RECORDED, True),
        ({}, MOST_RECORDED + 1, False),
        ({"cuda_graphs": False}, 1, False),
        ({"execution_provider": keys.TENSORRT}, 1, False),
    ],
)
def test_runs_of_small_networks_are_recorded_unless_the_file_says_no(more, size, expected):
    config = read_config(data.path("config_infer_primary_nanodet.txt"))
    assert records(replace(config, **more), size) == expected


def test_cuda_graphs_is_a_key(tmp_path):
    name = "config_infer_primary_nanodet.txt"
    text = data.path(name).read_text()
    for each in ("nanodet_g_416.onnx", "labels.txt"):
        text = text.replace(each, str(data.path(each)))
    file = tmp_path / name
    file.write_text(f"{text}\n[onnxruntime]\ncuda-graphs=0\n")
    assert not read_config(file).cuda_graphs
