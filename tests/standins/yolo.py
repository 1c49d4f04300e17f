"""A network with the outputs of YOLOv8 that sees one object, whatever it is shown."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def save(path, size=640, classes=2):
    """Write it: class 1 in the middle of the picture."""
    seen = np.zeros((1, 4 + classes, 8400), np.float32)
    seen[0, :4, 0] = size / 2, size / 2, size / 4, size / 8
    seen[0, 5, 0] = 0.9
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["images"], ["mean"], axes=[1, 2, 3], keepdims=0),
            helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
            helper.make_node("Reshape", ["nothing", "shape"], ["column"]),
            helper.make_node("Add", ["column", "seen"], ["output0"]),
        ],
        "yolo",
        [
            helper.make_tensor_value_info(
                "images", TensorProto.FLOAT, ["batch", 3, "height", "width"]
            )
        ],
        [
            helper.make_tensor_value_info(
                "output0", TensorProto.FLOAT, ["batch", 4 + classes, "anchors"]
            )
        ],
        [
            numpy_helper.from_array(np.float32(0), "zero"),
            numpy_helper.from_array(np.array([-1, 1, 1]), "shape"),
            numpy_helper.from_array(seen, "seen"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.save(model, path)
