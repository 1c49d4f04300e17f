"""Small ONNX networks with known answers, built node by node; and pictures for them.

A ``Finder`` finds what is bright, exactly, and puts it out in the layouts of the usual detectors.
"""

from __future__ import annotations

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

WIDTH, HEIGHT = 160, 120
LABELS = ("cat", "dog", "ball")
SCORES = (0.1, 0.2, 0.9)


class Graph:
    """An ONNX graph in the making: each call adds a node and names its result."""

    def __init__(self, batch="N", size=(3, HEIGHT, WIDTH)):
        self.nodes, self.constants = [], []
        self.input = onnx.helper.make_tensor_value_info(
            "images", onnx.TensorProto.FLOAT, [batch, *size]
        )

    def __getattr__(self, kind):
        def add(*inputs, **attributes):
            name = f"{kind}{len(self.nodes)}"
            names = [i if isinstance(i, str) else self.constant(i) for i in inputs]
            self.nodes.append(onnx.helper.make_node(kind, names, [name], **attributes))
            return name

        return add

    def constant(self, value):
        name = f"c{len(self.constants)}"
        array = np.asarray(value, None if isinstance(value, np.ndarray) else np.float32)
        self.constants.append(onnx.numpy_helper.from_array(array, name))
        return name

    def save(self, path, **outputs):
        nodes = [
            *self.nodes,
            *(onnx.helper.make_node("Identity", [made], [name]) for name, made in outputs.items()),
        ]
        infos = [
            onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)
            for name in outputs
        ]
        graph = onnx.helper.make_graph(nodes, "finder", [self.input], infos, self.constants)
        model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 13)])
        model.ir_version = 8
        onnx.save(model, path)


class Finder(Graph):
    """Finds what is bright: its left, top, right and bottom, in pixels, [N, 1, 1] each."""

    def __init__(self, **more):
        super().__init__(**more)
        gray = self.ReduceMax("images", axes=[1], keepdims=1)
        self.left, self.right = self.ends(gray, 2, WIDTH)
        self.top, self.bottom = self.ends(gray, 3, HEIGHT)
        self.zero = self.Mul(self.left, 0)

    def ends(self, gray, across, length):
        bright = self.Greater(self.ReduceMax(gray, axes=[across], keepdims=0), 0.5)
        ramp = np.arange(length, dtype=np.float32)
        first = self.ReduceMin(self.Where(bright, ramp, 1e4), axes=[2], keepdims=1)
        last = self.ReduceMax(self.Where(bright, ramp + 1, 0), axes=[2], keepdims=1)
        return first, last

    def row(self, *values):
        """[N, 1, k] of results and numbers."""
        named = [v if isinstance(v, str) else self.Add(self.zero, v) for v in values]
        return self.Concat(*named, axis=2)

    @property
    def corners(self):
        return self.left, self.top, self.right, self.bottom

    @property
    def centers(self):
        pairs = ((self.left, self.right), (self.top, self.bottom))
        middle = [self.Mul(self.Add(low, high), 0.5) for low, high in pairs]
        return (*middle, *(self.Sub(high, low) for low, high in pairs))


def nanodet(path, **more):
    net = Finder(**more)
    net.save(path, boxes=net.row(*net.corners), scores=net.row(*SCORES))


def yolo_v5(path):
    net = Finder()
    net.save(path, output=net.row(*net.centers, 1, *SCORES))


def yolo_v8(path):
    net = Finder()
    net.save(path, output0=net.Transpose(net.row(*net.centers, *SCORES), perm=[0, 2, 1]))


def yolo_rows(path):
    net = Finder()
    net.save(path, output=net.row(*net.corners, 0.9, 2))


def yolo_parts(path):
    net = Finder()
    net.save(path, boxes=net.row(*net.corners), scores=net.row(0.9), classes=net.row(2))


def ssd(path):
    net = Finder()
    sizes = (WIDTH, HEIGHT) * 2
    parts = [net.Div(side, size) for side, size in zip(net.corners, sizes, strict=True)]
    rows = net.row(0, 2, 0.9, *parts)
    net.save(path, detection_out=net.Unsqueeze(rows, np.array([1])))


def detectnet(path):
    net = Finder()
    low = [net.Div(net.Sub(0.5, side), 35) for side in (net.left, net.top)]
    high = [net.Div(net.Sub(side, 0.5), 35) for side in (net.right, net.bottom)]

    def grid(row):  # [N, 1, k] to [N, k, 1, 1]
        return net.Unsqueeze(net.Transpose(row, perm=[0, 2, 1]), np.array([3]))

    net.save(path, cover=grid(net.row(*SCORES)), boxes=grid(net.row(*(low + high) * 3)))


def ball(frames=1, width=WIDTH, height=HEIGHT):
    caps = f"video/x-raw,format=RGBA,width={width},height={height}"
    return f"videotestsrc num-buffers={frames} pattern=ball ! {caps} ! "


def bright_box(one, width, height):
    """Left, top, width, height of what is bright in the last frame that a sink saw."""
    _, content = one.last()
    bright = np.frombuffer(content, np.uint8).reshape(height, width, 4)[..., 0] > 127
    rows, columns = np.flatnonzero(bright.any(1)), np.flatnonzero(bright.any(0))
    return (
        columns[0],
        rows[0],
        columns[-1] - columns[0] + 1,
        rows[-1] - rows[0] + 1,
    )


def read(_frame, objects):
    sides = ("left", "top", "width", "height")
    return [
        (each.obj_label, round(each.confidence, 3), *(getattr(each.rect_params, s) for s in sides))
        for each in objects
    ]


# ---- networks of other kinds ----


def means(net):
    """The mean of red, green and blue, from 0 to 1: [N, 3]."""
    return net.ReduceMean("images", axes=[2, 3], keepdims=0)


def classifier(path, size=(3, 32, 32)):
    """Which of red, green and blue is the mean colour, and whether it is bright: two attributes."""
    net = Graph(size=size)
    colours = means(net)
    total = net.Add(net.ReduceSum(colours, np.array([1]), keepdims=1), 1e-6)
    highest = net.ReduceMax(colours, axes=[1], keepdims=1)
    net.save(
        path,
        colour=net.Div(colours, total),
        light=net.Concat(net.Sub(1, highest), highest, axis=1),
    )


def segmenter(path, size=(3, HEIGHT, WIDTH), *, last=False):
    """Scores of dark and bright for each pixel: [N, 2, height, width]."""
    net = Graph(size=size)
    bright = net.ReduceMax("images", axes=[1], keepdims=1)
    scores = net.Concat(net.Sub(1, bright), bright, axis=1)
    net.save(path, scores=net.Transpose(scores, perm=[0, 2, 3, 1]) if last else scores)


def configuration(folder, model=None, groups="", labels=(), name="config.txt", **keys):
    """Write a network and its configuration, and give the path. Keys may have _ for -."""
    stem = name.partition(".")[0]
    if model:
        model(str(folder / f"{stem}.onnx"))
    if labels:
        (folder / f"{stem}-labels.txt").write_text("\n".join(labels) + "\n")
    given = {
        "onnx-file": f"{stem}.onnx",
        "labelfile-path": f"{stem}-labels.txt" if labels else None,
        "net-scale-factor": 1 / 255,
    } | {key.replace("_", "-"): value for key, value in keys.items()}
    lines = [f"{key}={value}" for key, value in given.items() if value is not None]
    path = folder / name
    path.write_text("\n".join(["[property]", *lines, groups]))
    return path
