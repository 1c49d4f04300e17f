"""What networks put out, as scripts for pyds read it: tensors by ctypes, masks as arrays."""

import ctypes
import gc

import numpy as np
import pytest
from standins.networks import HEIGHT, LABELS, WIDTH, ball, configuration, nanodet, segmenter

from pythiags import portable
from pythiags.gst import Gst
from pythiags.lookalikes import pyds


def play(text, read):
    """Play it, and give what ``read(user_meta)`` gives of each user meta of a frame at the sink."""
    portable.install()
    pipeline = Gst.parse_launch(f"{text} ! fakesink name=sink")
    seen, errors = [], []

    def probe(_pad, info):
        try:
            batch = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
            frame = pyds.NvDsFrameMeta.cast(batch.frame_meta_list.data)
            link = frame.frame_user_meta_list
            while link is not None:
                seen.append(read(pyds.NvDsUserMeta.cast(link.data)))
                link = link.next
        except Exception as problem:  # noqa: BLE001
            errors.append(problem)
        return Gst.PadProbeReturn.OK

    pad = pipeline.get_by_name("sink").get_static_pad("sink")
    number = pad.add_probe(Gst.PadProbeType.BUFFER, probe)
    pipeline.set_state(Gst.State.PLAYING)
    wanted = Gst.MessageType.EOS | Gst.MessageType.ERROR
    message = pipeline.get_bus().timed_pop_filtered(40 * Gst.SECOND, wanted)
    pad.remove_probe(number)
    pipeline.set_state(Gst.State.NULL)
    assert message.type == Gst.MessageType.EOS, message.parse_error()
    if errors:
        raise errors[0]
    return seen


def as_array(layer):
    """As scripts do it."""
    dims = layer.inferDims
    address = pyds.get_ptr(layer.buffer)
    pointer = ctypes.cast(address, ctypes.POINTER(ctypes.c_float))
    return np.ctypeslib.as_array(pointer, shape=[int(each) for each in dims.d[: dims.numDims]])


@pytest.fixture
def detector(tmp_path):
    keys = {"cluster-mode": 2, "gie-unique-id": 5, "output-tensor-meta": 1}
    return configuration(
        *(tmp_path, nanodet, "[class-attrs-all]\npre-cluster-threshold=0.5\n", LABELS), **keys
    )


def test_tensors_are_read_by_ctypes(detector):
    def read(user):
        assert user.base_meta.meta_type == pyds.NvDsMetaType.NVDSINFER_TENSOR_OUTPUT_META
        meta = pyds.NvDsInferTensorMeta.cast(user.user_meta_data)
        layers = [pyds.get_nvds_LayerInfo(meta, n) for n in range(meta.num_output_layers)]
        return (
            (meta.unique_id, meta.gpu_id, meta.network_info.width, meta.network_info.height),
            [(each.layerName, each.dataType, each.inferDims.numElements) for each in layers],
            [as_array(each).copy() for each in layers],
            pyds.get_detections(layers[1].buffer, 2),
            meta.output_layers_info(1).layerName,
            layers[0].dims.d[:2].tolist(),
        )

    ((numbers, layers, arrays, third, second, dims),) = play(
        f"{ball()} nvinfer config-file-path={detector}", read
    )
    assert numbers == (5, 0, WIDTH, HEIGHT)
    assert layers == [("boxes", pyds.FLOAT, 4), ("scores", pyds.FLOAT, 3)]
    assert arrays[0].shape == (1, 4)
    assert arrays[1].tolist() == [pytest.approx([0.1, 0.2, 0.9])]
    assert (third, second, dims) == (pytest.approx(0.9), "scores", [1, 4])


def test_a_layer_that_is_not_there_is_refused(detector):
    def read(user):
        meta = pyds.NvDsInferTensorMeta.cast(user.user_meta_data)
        with pytest.raises(IndexError, match="expected a layer from 0 to 1, got 2"):
            pyds.get_nvds_LayerInfo(meta, 2)
        with pytest.raises(TypeError):
            pyds.get_nvds_LayerInfo(None, 0)
        with pytest.raises(AttributeError, match="can't set"):
            meta.unique_id = 3
        with pytest.raises(IndexError):
            pyds.get_detections(pyds.get_nvds_LayerInfo(meta, 0).buffer, 1 << 60)
        return True

    assert play(f"{ball()} nvinfer config-file-path={detector}", read) == [True]


def test_a_layer_keeps_what_it_points_to(detector):
    def read(user):
        return pyds.get_nvds_LayerInfo(pyds.NvDsInferTensorMeta.cast(user.user_meta_data), 1)

    (layer,) = play(f"{ball()} nvinfer config-file-path={detector}", read)
    gc.collect()
    assert as_array(layer).tolist() == [pytest.approx([0.1, 0.2, 0.9])]


def test_a_segmentation_is_an_array_of_classes(tmp_path):
    keys = {"network-type": 2, "num-detected-classes": 2, "segmentation-threshold": 0.5}
    path = configuration(tmp_path, segmenter, **keys)

    def read(user):
        assert user.base_meta.meta_type == pyds.NVDSINFER_SEGMENTATION_META
        meta = pyds.NvDsInferSegmentationMeta.cast(user.user_meta_data)
        address = pyds.get_ptr(meta.class_map)
        numbers = ctypes.cast(address, ctypes.POINTER(ctypes.c_int32))
        masks = pyds.get_segmentation_masks(meta)
        same = np.ctypeslib.as_array(numbers, shape=masks.shape).copy()
        return meta.classes, (meta.width, meta.height), masks, same

    ((classes, size, masks, same),) = play(f"{ball()} nvinfer config-file-path={path}", read)
    assert (classes, size) == (2, (WIDTH, HEIGHT))
    assert (masks.shape, masks.dtype) == ((HEIGHT, WIDTH), np.int32)
    assert set(np.unique(masks)) == {0, 1}
    assert np.array_equal(masks, same)
