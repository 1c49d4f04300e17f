"""Play, pause, resume, stop, play again; then the end of the stream, and an error."""

from kivy.core.window import Window
from steps import Still, lead

from pythiags.errors import StreamError
from pythiags.kivy import VideoView

LIVE = (
    "videotestsrc is-live=true pattern=ball ! video/x-raw,format=RGBA,width=160,height=120,"
    "framerate=30/1 ! appsink name=pythiags"
)
ends = []
paused_at = []
view = VideoView(text=LIVE)
view.bind(eos=lambda _, eos: eos and ends.append("eos"))
view.bind(on_error=lambda _, error: ends.append(error) or True)


def pause():
    assert view.state == "play"
    assert tuple(view.texture_size) == (160, 120)
    assert view.fit_mode == "contain"
    view.pause()


def resume():
    paused_at.append(view.frames)
    view.play()


def stop_and_play_another():
    view.stop()
    assert view.state == "stop"
    assert view.texture is not None  # the last picture stays
    view.text = LIVE.replace("is-live=true", "num-buffers=3").replace("160", "322")
    view.play()


def fail():
    assert ends == ["eos"], ends
    assert view.state == "stop"
    assert tuple(view.texture_size) == (322, 120)
    view.text = "multifilesrc location=/nonexistent ! decodebin ! appsink name=pythiags"
    try:
        view.play()
    except StreamError as error:  # refused at once, or reported a moment later
        ends.append(error)


view.play()
lead(
    view,
    (lambda: view.frames > 5, pause),
    (Still(lambda: view.frames), resume),
    (lambda: view.frames > paused_at[0] + 5, stop_and_play_another),
    (lambda: ends, fail),
    (lambda: len(ends) == 2, Window.close),
)
assert isinstance(ends[1], StreamError)
assert "/nonexistent" in str(ends[1])
assert view.state == "stop"
print("ok")
