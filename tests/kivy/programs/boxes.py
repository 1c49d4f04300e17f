"""The example with boxes: a picture of the window has them where the people are, at every size."""

import runpy
import sys

import cv2
from kivy.core.window import Window
from kivy.uix.floatlayout import FloatLayout
from steps import Still, lead

from pythiags import App, Detections
from pythiags.kivy import KivyConsumer

example, folder = sys.argv[1:]
recipe = runpy.run_path(example, run_name="boxes")
Window.size = (820, 620)
# The video is 768x576: 4 by 3. What is here: the widget's size, fit_mode, and where the picture is
# in the widget: left, top, width and height.
PLACES = {
    (800, 300, "contain"): (200, 0, 400, 300),
    (300, 600, "contain"): (0, 187.5, 300, 225),
    (400, 300, "contain"): (0, 0, 400, 300),
    (800, 600, "scale-down"): (16, 12, 768, 576),
    (500, 200, "fill"): (0, 0, 500, 200),
    (600, 300, "cover"): (0, -75, 600, 450),
}
CORNER = (7, 11)  # of the widget in the window, from the bottom left
app = App(recipe["PIPELINE"], folder=recipe["FOLDER"])
view = recipe["BoxView"](pythiags_app=app, state="play", size_hint=(None, None), pos=CORNER)
app.attach("pgie", Detections(), KivyConsumer(view.show), queue_size=30, on_full="drop-oldest")
root = FloatLayout()
root.add_widget(view)
checked = []


def is_line(image, x, y):
    """A box's colour is nowhere in the video: yellow, with no blue in it."""
    blue, green, red = (int(each) for each in image[round(y), round(x)])
    return red > 180 and green > 130 and blue < 90


def lines_of(box, place, height):
    """Points in the middle of the box's edges, in pixels of the window, from the top left."""
    left, top, wide, high = place
    right, down = wide / 768, high / 576
    x0, x1 = left + box.left * right, left + box.right * right
    y0, y1 = top + box.top * down, top + box.bottom * down
    above = Window.height - CORNER[1] - height  # rows of the window above the widget
    middle = ((x0 + x1) / 2, (y0 + y1) / 2)
    for x, y in ((x0, middle[1]), (x1, middle[1]), (middle[0], y0), (middle[0], y1)):
        yield x + CORNER[0], y + above


def resize(size):
    view.size, view.fit_mode = size[:2], size[2]


def look(size):
    width, height, mode = size
    path = Window.screenshot(f"{folder}/{width}x{height}-{mode}.png")
    image = cv2.imread(path)
    assert image.shape[:2] == (Window.height, Window.width), image.shape
    wanted = [
        point
        for detection in view.detections
        for point in lines_of(detection.bbox, PLACES[size], height)
        if 3 < point[0] < Window.width - 3 and 3 < point[1] < Window.height - 3
    ]
    found = [
        any(is_line(image, x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1))
        for x, y in wanted
    ]
    assert len(found) >= 8, (size, found)
    assert sum(found) >= 0.8 * len(found), (size, found)  # names hide some
    beside = [is_line(image, x + 7, y + 7) for x, y in wanted]
    assert sum(beside) <= 0.3 * len(beside), (size, beside)
    checked.append(size)


def touch_every_box():
    for detection in view.detections:
        x, y, width, height = view.place(detection.bbox)
        centre = view.to_picture(x + width / 2, y + height / 2)
        assert max(abs(a - b) for a, b in zip(centre, detection.bbox.center, strict=True)) < 1e-6
        half = detection.bbox._replace(
            left=detection.bbox.left / 2,
            width=detection.bbox.width / 2,
            top=detection.bbox.top / 2,
            height=detection.bbox.height / 2,
        )
        assert view.place(half, (384, 288)) == view.place(detection.bbox)


def pause():
    view.pause()


steps = [
    (lambda: view.frames > 5 and len(view.detections) > 2, pause),
    (Still(lambda: view.frames), lambda: None),
]
for size in PLACES:
    steps += [
        (lambda: view.state == "pause", lambda size=size: resize(size)),
        (Still(lambda: tuple(view.norm_image_size)), lambda size=size: look(size)),
    ]
steps += [(lambda: True, touch_every_box)]
lead(root, *steps)
assert checked == list(PLACES)
app.close()
print("ok")
