"""Two widgets at once, one of which changes its size in mid-stream; the pixels stay right."""

from kivy.uix.boxlayout import BoxLayout
from steps import lead

from pythiags import App
from pythiags.gst import Gst
from pythiags.kivy import VideoView

PICTURE = (
    "videotestsrc is-live=true pattern={pattern} ! capsfilter name=size "
    "caps=video/x-raw,format=RGB,width=320,height=240,framerate=30/1 ! appsink name={sink}"
)
app = App(PICTURE.format(pattern="red", sink="pythiags"))
left = VideoView(pythiags_app=app)
right = VideoView(text=PICTURE.format(pattern="blue", sink="other"), sink="other")
root = BoxLayout()
root.add_widget(left)
root.add_widget(right)
sizes = []


def colour(view):
    pixels = view.texture.pixels
    size = len(pixels)
    return {tuple(pixels[at : at + 3]) for at in range(0, size, 4)}


def grow():
    sizes.append(tuple(left.texture_size))
    caps = Gst.Caps.from_string("video/x-raw,format=RGB,width=322,height=90,framerate=30/1")
    app.pipeline.get_by_name("size").set_property("caps", caps)


def see():
    sizes.append(tuple(left.texture_size))
    sizes.append(tuple(right.texture_size))
    assert colour(left) == {(255, 0, 0)}
    assert colour(right) == {(0, 0, 255)}


left.play()
right.play()
lead(
    root,
    (lambda: left.frames > 3 and right.frames > 3, grow),
    (lambda: left.texture_size[0] == 322 and left.frames > 9, see),
)
assert sizes == [(320, 240), (322, 90), (320, 240)], sizes
# The loop is over, so the window is closed: both have been stopped by the window.
assert (left.state, right.state) == ("stop", "stop")
assert app.state.final
app.close()
print("ok")
