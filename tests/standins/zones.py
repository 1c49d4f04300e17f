"""The analytics of nvdsanalytics without GStreamer, compiled for the tests, and scenes for it."""

from __future__ import annotations

import ctypes
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src" / "pythiags"
PORTABLE = SOURCES / "portable"
FILES = (
    *(PORTABLE / "analyze" / f"{name}.c" for name in ("config", "counts", "geometry", "groups")),
    *(PORTABLE / "analyze" / f"{name}.c" for name in ("life", "rules", "settings")),
    PORTABLE / "analyze" / "watch.c",
    *(PORTABLE / "common" / f"{name}.c" for name in ("entries", "reading", "spelling")),
    PORTABLE / "common" / "textfile.c",
    *(SOURCES / "native" / f"{name}.c" for name in ("arena", "model", "zones")),
)
FOLDERS = (PORTABLE / "analyze", PORTABLE / "common", SOURCES / "native")
UNTRACKED = 2**64 - 1


def compile_to(library, *flags):
    """Compile the analytics into a library of its own; ``flags`` are for the compiler."""
    glib = subprocess.check_output(["pkg-config", "--cflags", "--libs", "glib-2.0"], text=True)
    words = ["cc", "-std=gnu11", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-Wl,-Bsymbolic"]
    words += [*flags, *(f"-I{folder}" for folder in FOLDERS), "-o", library]
    files = [ROOT / "tests" / "portable" / "analyzing.c", *FILES]
    subprocess.check_call([*words, *files, *glib.split(), "-lm"])
    return library


class Sighting(ctypes.Structure):
    """``PtSighting``."""

    _fields_ = [
        *(("id", ctypes.c_uint64), ("class_id", ctypes.c_int)),
        *((side, ctypes.c_float) for side in ("left", "top", "width", "height")),
        ("zones", ctypes.c_void_p),
    ]


def load(path):
    library = ctypes.CDLL(str(path))
    library.zones_new.restype = ctypes.c_void_p
    library.zones_new.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t]
    library.zones_free.argtypes = [ctypes.c_void_p]
    library.zones_notes.restype = library.zones_frame.restype = ctypes.c_char_p
    library.zones_notes.argtypes = [ctypes.c_void_p]
    library.zones_frame.argtypes = [
        *(ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint, ctypes.c_uint),
        *(ctypes.POINTER(Sighting), ctypes.c_uint, ctypes.c_uint64),
    ]
    library.zones_remembered.argtypes = [ctypes.c_void_p, ctypes.c_uint]
    return library


class Refused(Exception):
    """A configuration file is wrong."""


@dataclass
class Seen:
    """What is said of one frame; ``objects`` has None or a status for each object."""

    in_roi: dict[str, int]
    overcrowded: dict[str, int]
    crossing: dict[str, int]
    crossed: dict[str, int]
    objects_by_class: dict[str, int]
    objects: list[Status | None] = field(default_factory=list)


@dataclass
class Status:
    rois: list[str]
    crowds: list[str]
    lines: list[str]
    direction: str
    status: str


class Analytics:
    """The analytics of a file.

    Raises:
        Refused: The file is wrong.
    """

    def __init__(self, library, path, *, stream=0, size=(1920, 1080)):
        self._library, self._stream, self._size = library, stream, size
        error = ctypes.create_string_buffer(4096)
        self._at = library.zones_new(str(path).encode(), error, len(error))
        if not self._at:
            raise Refused(error.value.decode())
        self.notes = library.zones_notes(self._at).decode().splitlines()

    def close(self):
        self._library.zones_free(self._at)

    def text(self, boxes, pts):
        """What is said, as it comes; ``boxes`` are (id, class, left, top, width, height)."""
        sightings = (Sighting * max(len(boxes), 1))(*(Sighting(*box, None) for box in boxes))
        size = self._size
        return self._library.zones_frame(
            self._at, self._stream, *size, sightings, len(boxes), pts
        ).decode()

    def frame(self, boxes, pts):
        first, *rest = self.text(boxes, pts).split("\n")[:-1]
        return Seen(*map(_counts, first.split("|")[:5]), objects=[_status(each) for each in rest])

    def remembered(self):
        return self._library.zones_remembered(self._at, self._stream)


def _counts(text):
    return {k: int(v) for k, v in (each.split("=") for each in text.split(",")[:-1])}


def _status(line):
    if not line:
        return None
    rois, crowds, lines, direction, status = line.split("|")
    return Status(*(each.split(",")[:-1] for each in (rois, crowds, lines)), direction, status)


# ---- scenes ----


@dataclass
class Scene:
    """A file, the size of the pictures, and the boxes of each frame."""

    text: str
    size: tuple[int, int]
    frames: list[tuple[int, list[tuple[int, int, float, float, float, float]]]]


def scene(seed, frames=90):
    """A scene of chance: the same one for the same number, on any machine."""
    chance = Random(seed).random
    pick = lambda *choices: choices[int(chance() * len(choices))]  # noqa: E731
    size = pick((1280, 720), (640, 480), (1920, 1080), (333, 517))
    of = pick(size, size, (1920, 1080), (1000, 1000))
    text = _file(chance, pick, of)
    walkers = [_walker(chance, pick, size, number) for number in range(1 + int(chance() * 5))]
    odd_times, lost_ids = chance() < 0.2, chance() < 0.1
    found, pts = [], 0
    for number in range(frames):
        boxes = [box for walk in walkers if (box := walk(number))]
        if lost_ids:
            boxes = [(UNTRACKED, *box[1:]) if chance() < 0.03 else box for box in boxes]
        found.append((pts, boxes))
        pts += 33_333_333
        if odd_times and chance() < 0.08:
            pts = max(pts + pick(9_000_000_000, 7_900_000_000, -33_333_333, -200_000_000), 0)
    return Scene(text, size, found)


def _file(chance, pick, of):
    width, height = of
    x, y = (lambda: int(chance() * width)), (lambda: int(chance() * height))
    lines = ["[property]", "enable=1", f"config-width={width}", f"config-height={height}"]
    window = pick(None, None, None, None, 1, 2, 3, 5, 12, 25, 100, 400)
    lines += [f"obj-cnt-win-in-ms={window}"] if window else []
    classes = lambda: pick(["class-id=-1"], [], ["class-id=0"], ["class-id=0;2"])  # noqa: E731
    for group in ("roi-filtering", "overcrowding"):
        lines += [f"[{group}-stream-0]", f"enable={pick(1, 1, 1, 0)}", *classes()]
        lines += [f"inverse-roi={pick(0, 0, 1)}"] if group == "roi-filtering" else []
        lines += [f"object-threshold={pick(0, 1, 2, 3)}"] if group == "overcrowding" else []
        for name in ("one", "two", "three")[: 1 + int(chance() * 3)]:
            corners = (f"{x()};{y()}" for _ in range(pick(3, 4, 4, 5)))
            lines.append(f"roi-{group[0]}{name}={';'.join(corners)}{pick('', ';')}")
    lines += ["[direction-detection-stream-0]", f"enable={pick(1, 1, 0)}", *classes()]
    for name in ("one", "two")[: 1 + int(chance() * 2)]:
        lines.append(f"direction-{name}={x()};{y()};{x()};{y()}")
    lines += ["[line-crossing-stream-0]", "enable=1", *classes()]
    lines += pick([], [f"extended={pick(0, 1)}"])
    lines += pick([], [f"mode={pick('strict', 'balanced', 'loose')}"])
    for name in ("one", "two", "three")[: 1 + int(chance() * 3)]:
        ends = (x(), y(), x(), y())
        middle = ((ends[0] + ends[2]) // 2, (ends[1] + ends[3]) // 2)
        across = ((ends[3] - ends[1]) // 3, (ends[0] - ends[2]) // 3)
        begin, end = (x(), y()), (middle[0] + across[0], middle[1] + across[1])
        begin = pick(begin, middle, middle, (middle[0] - across[0], middle[1] - across[1]))
        points = (*begin, *pick((x(), y()), end, end, middle), *ends)
        text = ";".join(str(max(each, 0)) for each in points)
        lines.append(f"line-crossing-{name}={text}")
    return "\n".join(lines) + "\n"


def _walker(chance, pick, size, number):
    """Where an object is in a frame: None where it is not seen."""
    width, height = size
    x, y = chance() * width, chance() * height
    speed = pick(0, 2, 6, 12, 25, 60)
    along, down = (chance() - 0.5) * speed, (chance() - 0.5) * speed
    if chance() < 0.6:  # to the other side
        along, down = (width / 2 - x) / pick(15, 25, 35), (height / 2 - y) / pick(15, 25, 35)
    turn, jitter = pick(0, 0, 0.02, 0.1), pick(0, 0, 1, 6)
    wide, high = 10 + chance() * width / 6, 10 + chance() * height / 4
    first, last = int(chance() * 30), 60 + int(chance() * 60)
    gone, class_id = pick(0, 0, 0.05, 0.3), pick(0, 0, 1, 2)
    halt = pick(1000, 1000, 40)
    place = [x, y, along, down]

    def at(frame):
        if frame < halt:
            x, y, along, down = place
            by = turn * (chance() - 0.3)
            place[:] = x + along, y + down, along - by * down, down + by * along
        if not first <= frame <= last or chance() < gone:
            return None
        shake = lambda: jitter * (chance() - 0.5)  # noqa: E731
        sides = (place[0] + shake(), place[1] + shake(), wide + shake(), high + shake())
        return (number, class_id, *(round(4 * side) / 4 for side in sides))

    return at


def story(analytics, frames):
    """What changes from frame to frame: [frame, of the frame] and [frame, id, of the object]."""
    told, known = [], {}
    for number, (pts, boxes) in enumerate(frames):
        first, *rest = analytics.text(boxes, pts).split("\n")[:-1]
        for key, said in [("", first), *((str(box[0]), r) for box, r in zip(boxes, rest))]:  # noqa: B905
            if known.get(key, "") != said:
                told.append([number, key, said])
            known[key] = said
    return told
