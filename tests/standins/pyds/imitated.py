"""What is no plain memory: the containers of nvdsanalytics, the past frames of the tracker.

Only their addresses are real; what they hold is kept beside them.
"""

from __future__ import annotations

from .memory import (
    Bound,
    Float,
    Label,
    Part,
    Unsigned,
    Unsigned16,
    Unsigned64,
    address_in,
    encoded,
    incompatible,
    is_capsule,
    show,
)
from .structs import NvOSD_RectParams

_contents: dict[int, dict[str, object]] = {}  # by address


class _StaticCast:
    """Takes no address, and knows its argument by the name ``data``."""

    def __get__(self, instance, cls):
        def cast(data):
            if data is None:
                return None
            if is_capsule(data) or isinstance(data, Bound):
                return show(cls, address_in(data))
            raise incompatible()

        return cast


# ---- nvdsanalytics ----


def _text(value):
    return encoded(value).decode()


def _flag(value):
    """A bool, as pybind11 takes it: whatever has a truth of its own as a number; None is false."""
    if value is not None and not hasattr(type(value), "__bool__"):
        raise incompatible()
    return bool(value)


def _number(bits, signed=False):
    def check(value):
        low = -(2 ** (bits - 1)) if signed else 0
        high = 2 ** (bits - 1) - 1 if signed else 2**bits - 1
        if isinstance(value, float) or not isinstance(value, int) or not low <= value <= high:
            raise incompatible()
        return value

    return check


def _map(key, value):
    def check(given):
        if not isinstance(given, dict):
            raise incompatible()
        return {key(name): value(item) for name, item in given.items()}

    return dict, check


def _texts(given):
    if isinstance(given, (str, bytes)) or not hasattr(given, "__getitem__"):
        raise incompatible()
    return [_text(item) for item in given]


class _Container:
    """Copied when it is read; refuses what the C++ container cannot hold."""

    def __init__(self, make, check):
        self.make, self.check = make, check

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner):
        if instance is None:
            return self
        return self.make(_contents[instance._address].get(self.name, self.make()))

    def __set__(self, instance, value):
        _contents[instance._address][self.name] = self.check(value)


class _Analytics(Bound):
    __slots__ = ()
    _size = 288
    cast = _StaticCast()

    def __init__(self):
        super().__init__()
        _contents[self._address] = {"memory": self._memory}


class NvDsAnalyticsFrameMeta(_Analytics):
    __slots__ = ()
    __module__ = "pyds"
    objInROIcnt = _Container(*_map(_text, _number(32)))  # noqa: N815
    ocStatus = _Container(*_map(_text, _flag))  # noqa: N815
    objLCCurrCnt = _Container(*_map(_text, _number(64)))  # noqa: N815
    objLCCumCnt = _Container(*_map(_text, _number(64)))  # noqa: N815
    objCnt = _Container(*_map(_number(32, signed=True), _number(32)))  # noqa: N815
    unique_id = Unsigned(224)


class NvDsAnalyticsObjInfo(_Analytics):
    __slots__ = ()
    __module__ = "pyds"
    roiStatus = _Container(list, _texts)  # noqa: N815
    ocStatus = _Container(list, _texts)  # noqa: N815
    lcStatus = _Container(list, _texts)  # noqa: N815
    dirStatus = _Container(str, _text)  # noqa: N815
    objStatus = _Container(str, _text)  # noqa: N815
    unique_id = Unsigned(104)


# ---- past frames of the tracker: list() serves once ----


class _Past(Bound):
    __slots__ = ()
    cast = _StaticCast()

    def __init__(self, items=()):
        super().__init__()
        _contents[self._address] = {"items": list(items), "memory": self._memory}

    def list(self):
        return iter(_contents[self._address]["items"])


class NvDsTargetMiscDataFrame(_Past):
    __slots__ = ()
    __module__ = "pyds"
    _size = 144
    frameNum, age = Unsigned(0), Unsigned(124)  # noqa: N815
    tBbox, confidence = Part(8, NvOSD_RectParams), Float(120)  # noqa: N815


class NvDsTargetMiscDataObject(_Past):
    __slots__ = ()
    __module__ = "pyds"
    _size = 160
    numObj, uniqueId = Unsigned(8), Unsigned64(16)  # noqa: N815
    classId, objLabel = Unsigned16(24), Label(26)  # noqa: N815


class NvDsTargetMiscDataStream(_Past):
    __slots__ = ()
    __module__ = "pyds"
    _size = 32
    streamID, surfaceStreamID = Unsigned(8), Unsigned64(16)  # noqa: N815
    numAllocated, numFilled = Unsigned(24), Unsigned(28)  # noqa: N815


class NvDsTargetMiscDataBatch(_Past):
    __slots__ = ()
    __module__ = "pyds"
    _size = 24
    numAllocated, numFilled = Unsigned(8), Unsigned(12)  # noqa: N815
