"""An application that did not check for a display: Kivy opens an invisible window."""

from kivy.base import runTouchApp
from kivy.uix.boxlayout import BoxLayout

from pythiags.errors import NoDisplayError
from pythiags.kivy import VideoView

root = BoxLayout()
try:
    root.add_widget(VideoView(text="videotestsrc ! appsink name=pythiags"))
except NoDisplayError as error:
    print(error.exit_code, "DISPLAY" in str(error), "--display none" in str(error))
else:
    runTouchApp(root)
