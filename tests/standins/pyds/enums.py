"""``NvDsMetaType``, as pybind11 makes an enumeration: equal to its number, any number is legal."""

from __future__ import annotations


class _Members(type):
    @property
    def __members__(cls):
        return {name: value for name, value in vars(cls).items() if isinstance(value, cls)}


class NvDsMetaType(metaclass=_Members):
    __module__ = "pyds"

    def __init__(self, value):
        self.value = int(value)

    @property
    def name(self):
        for name, member in type(self).__members__.items():
            if member.value == self.value:
                return name
        return "???"

    def __int__(self):
        return self.value

    __index__ = __int__

    def __eq__(self, other):
        return isinstance(other, (int, NvDsMetaType)) and self.value == int(other)

    def __hash__(self):
        return hash(self.value)

    def __repr__(self):
        return f"<NvDsMetaType.{self.name}: {self.value}>"


for _name, _value in {
    "NVDS_INVALID_META": -1, "NVDS_BATCH_META": 1, "NVDS_FRAME_META": 2, "NVDS_OBJ_META": 3,
    "NVDS_DISPLAY_META": 4, "NVDS_CLASSIFIER_META": 5, "NVDS_LABEL_INFO_META": 6,
    "NVDS_USER_META": 7, "NVDS_PAYLOAD_META": 8, "NVDS_EVENT_MSG_META": 9,
    "NVDS_OPTICAL_FLOW_META": 10, "NVDS_LATENCY_MEASUREMENT_META": 11,
    "NVDSINFER_TENSOR_OUTPUT_META": 12, "NVDSINFER_SEGMENTATION_META": 13,
    "NVDS_CROP_IMAGE_META": 14, "NVDS_TRACKER_PAST_FRAME_META": 15,
    "NVDS_TRACKER_BATCH_REID_META": 16, "NVDS_TRACKER_OBJ_REID_META": 17,
    "NVDS_RESERVED_META": 4095, "NVDS_GST_CUSTOM_META": 4096, "NVDS_START_USER_META": 8193,
    "NVDS_FORCE32_META": 0x7FFF_FFFF,
}.items():  # fmt: skip
    setattr(NvDsMetaType, _name, NvDsMetaType(_value))
