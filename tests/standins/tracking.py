"""The portable tracker without GStreamer, compiled for the tests."""

from __future__ import annotations

import ctypes
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src" / "pythiags"
TRACK = SOURCES / "portable" / "track"
COMMON = SOURCES / "portable" / "common"
NAMES = "assign config kalman keys known library match tracker".split()  # noqa: SIM905
LIBRARY = "libnvds_nvmultiobjecttracker.so"


def compile_to(library, *flags):
    """Compile the tracker into a library of its own; ``flags`` are for the compiler."""
    glib = subprocess.check_output(["pkg-config", "--cflags", "--libs", "glib-2.0"], text=True)
    files = [ROOT / "tests" / "portable" / "tracking.c", *(TRACK / f"{name}.c" for name in NAMES)]
    files += [COMMON / f"{name}.c" for name in ("entries", "spelling", "textfile")]
    words = ["cc", "-std=gnu11", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-Wl,-Bsymbolic"]
    words += [*flags, *(f"-I{folder}" for folder in (TRACK, COMMON, SOURCES / "native"))]
    words += [*os.environ.get("CFLAGS", "").split(), "-o", library]
    subprocess.check_call([*words, *files, *glib.split(), "-lm"])
    return library


class Bbox(ctypes.Structure):
    _fields_ = [(name, ctypes.c_float) for name in ("left", "top", "width", "height")]

    def __iter__(self):
        return iter((self.left, self.top, self.width, self.height))


class Detection(ctypes.Structure):
    _fields_ = [("box", Bbox), ("confidence", ctypes.c_float), ("class_id", ctypes.c_int)]


class Past(ctypes.Structure):
    _fields_ = [
        *(("frame_num", ctypes.c_uint), ("age", ctypes.c_uint)),
        *(("box", Bbox), ("state", ctypes.c_int)),
    ]


class Trajectory(ctypes.Structure):
    _fields_ = [
        *(("id", ctypes.c_uint64), ("class_id", ctypes.c_int)),
        *(("frames", ctypes.POINTER(Past)), ("count", ctypes.c_uint)),
    ]

    def __iter__(self):
        """Yield (frame, age, state, box) of each frame."""
        for each in self.frames[: self.count] if self.count else ():
            yield each.frame_num, each.age, each.state, tuple(each.box)


class Track(ctypes.Structure):
    _fields_ = [
        *(("id", ctypes.c_uint64), ("class_id", ctypes.c_int), ("box", Bbox)),
        *(("detection", ctypes.c_int), ("past", Trajectory)),
    ]


class Candidate(ctypes.Structure):
    _fields_ = [
        *(("target", ctypes.c_uint), ("detection", ctypes.c_uint)),
        ("score", ctypes.c_float),
    ]


class Settings(ctypes.Structure):
    """``PtTrackSettings``, in its order."""

    _fields_ = [
        *(("min_detector_confidence", ctypes.c_float), ("past_frames", ctypes.c_int)),
        *(("max_targets", ctypes.c_uint), ("probation_age", ctypes.c_uint)),
        *(("max_shadow_age", ctypes.c_uint), ("early_termination_age", ctypes.c_uint)),
        *(("min_iou_diff_new", ctypes.c_float), ("unclip", ctypes.c_int)),
        *(("shadow_lists", ctypes.c_int), ("ended_lists", ctypes.c_int)),
        ("unique_ids", ctypes.c_int),
        *(("matcher", ctypes.c_int), ("check_class", ctypes.c_int)),
        ("use_prediction", ctypes.c_int),
        *(("min_score", ctypes.c_float), ("min_size", ctypes.c_float)),
        *(("min_iou", ctypes.c_float), ("weight_size", ctypes.c_float)),
        *(("weight_iou", ctypes.c_float), ("weight_visual", ctypes.c_float)),
        *(("tentative_confidence", ctypes.c_float), ("min_tentative_iou", ctypes.c_float)),
        *(("estimator", ctypes.c_int), ("process_location", ctypes.c_float)),
        *(("process_size", ctypes.c_float), ("process_speed", ctypes.c_float)),
        *(("measurement", ctypes.c_float), ("weight_location", ctypes.c_float)),
        *(("weight_speed", ctypes.c_float), ("use_aspect", ctypes.c_int)),
    ]


@dataclass(frozen=True)
class Reported:
    """One target that is reported with a frame; ``past`` is (frame, age, state, box)."""

    id: int
    class_id: int
    box: tuple[float, float, float, float]
    detection: int
    past: tuple[tuple[int, int, int, tuple[float, ...]], ...]


def detection(box, confidence=0.9, class_id=0):
    return Detection(Bbox(*box), confidence, class_id)


class Tracking:
    """One source's tracker; raises ValueError where the file or the library is refused."""

    def __init__(self, compiled, config=None, *, library=LIBRARY, past=False, size=(1280, 720)):
        self._library = compiled
        error = ctypes.create_string_buffer(4096)
        path = None if config is None else str(config).encode()
        self._self = compiled.tracking_new(
            library if library is None else library.encode(), path, past, error, len(error)
        )
        if not self._self:
            raise ValueError(error.value.decode())
        self.size = size
        self.frame_num = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._library.tracking_free(self._self)

    @property
    def notes(self):
        return self._library.tracking_notes(self._self).decode().splitlines()

    @property
    def settings(self):
        """The parameters by name."""
        read = self._library.tracking_settings(self._self).contents
        return {name: getattr(read, name) for name, _type in Settings._fields_}

    @property
    def count(self):
        """How many targets there are, reported or not."""
        return self._library.tracking_count(self._self)

    def reset(self):
        self._library.tracking_reset(self._self)

    def end_all(self):
        """End all targets, as where their source ends."""
        self._library.tracking_end_all(self._self)

    @staticmethod
    def prepare(detections):
        """Return ``Detection`` or plain boxes as C has them, for ``run``."""
        given = [each if isinstance(each, Detection) else detection(each) for each in detections]
        return (Detection * len(given))(*given)

    def run(self, array, inferred=True):
        """Track one frame and return how many targets are reported."""
        self.frame_num += 1
        return self._library.tracking_update(
            self._self, array, len(array), inferred, self.frame_num - 1, *self.size
        )

    def shadows(self):
        """Where inactive targets were in the last frame: by id, the one frame."""
        return self._trajectories(0)

    def ended(self):
        """All frames of the targets that ended last, by id."""
        return self._trajectories(1)

    def _trajectories(self, kind):
        found = {}
        while each := self._library.tracking_trajectory(self._self, kind, len(found)):
            found[each.contents.id] = list(each.contents)
        return found

    def update(self, detections=(), *, inferred=True):
        """Track one frame: ``detections`` are ``Detection`` or plain boxes."""
        count = self.run(self.prepare(detections), inferred)
        tracks = [self._library.tracking_track(self._self, i).contents for i in range(count)]
        return [
            Reported(each.id, each.class_id, tuple(each.box), each.detection, tuple(each.past))
            for each in tracks
        ]


def load(path):
    library = ctypes.CDLL(str(path))
    library.tracking_new.restype = ctypes.c_void_p
    library.tracking_new.argtypes = [
        *(ctypes.c_char_p, ctypes.c_char_p, ctypes.c_int),
        *(ctypes.c_char_p, ctypes.c_size_t),
    ]
    library.tracking_free.argtypes = library.tracking_reset.argtypes = [ctypes.c_void_p]
    library.tracking_end_all.argtypes = [ctypes.c_void_p]
    library.tracking_notes.restype = ctypes.c_char_p
    library.tracking_notes.argtypes = library.tracking_count.argtypes = [ctypes.c_void_p]
    library.tracking_update.argtypes = [
        *(ctypes.c_void_p, ctypes.POINTER(Detection), ctypes.c_uint, ctypes.c_int),
        *(ctypes.c_uint, ctypes.c_float, ctypes.c_float),
    ]
    library.tracking_track.restype = ctypes.POINTER(Track)
    library.tracking_track.argtypes = [ctypes.c_void_p, ctypes.c_uint]
    library.tracking_trajectory.restype = ctypes.POINTER(Trajectory)
    library.tracking_trajectory.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_uint]
    library.tracking_choose.argtypes = [
        ctypes.POINTER(Candidate),
        *(ctypes.c_uint, ctypes.c_uint, ctypes.c_uint, ctypes.c_int),
    ]
    library.tracking_settings.restype = ctypes.POINTER(Settings)
    library.tracking_settings.argtypes = [ctypes.c_void_p]
    return library
