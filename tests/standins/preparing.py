"""Configuration files of nvdspreprocess."""

from __future__ import annotations

LIBRARY = "/opt/nvidia/deepstream/deepstream/lib/gst-plugins/libcustom2d_preprocess.so"
WHOLE = "[group-0]\nsrc-ids=-1\nprocess-on-roi=0\n"


def property_group(size=(16, 12), batch=4, channels=3, **keys):
    """The lines of [property], for tensors of this size; keys may have _ for -."""
    width, height = size
    given = {
        "target-unique-ids": "1",
        "network-input-order": 0,
        "processing-width": width,
        "processing-height": height,
        "network-input-shape": f"{batch};{channels};{height};{width}",
        "network-color-format": 0,
        "tensor-data-type": 0,
        "tensor-name": "images",
        "scaling-filter": 1,
        "scaling-pool-memory-type": 0,
        "custom-lib-path": LIBRARY,
        "custom-tensor-preparation-function": "CustomTensorPreparation",
    } | {key.replace("_", "-"): value for key, value in keys.items()}
    return "[property]\n" + "".join(f"{k}={v}\n" for k, v in given.items() if v is not None)


def preprocess_file(folder, groups=WHOLE, user="pixel-normalization-factor=1\n", **keys):
    """Write a file, and give its path."""
    path = folder / keys.pop("name", "config_preprocess.txt")
    path.write_text(f"{property_group(**keys)}[user-configs]\n{user}{groups}")
    return path
