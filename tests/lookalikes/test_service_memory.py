"""A script for pyservicemaker that runs for long: memory stays as it is."""

import pytest

SCRIPT = """
import resource, sys
from pyservicemaker import BatchMetadataOperator, BufferObserver, Pipeline, Probe, osd
first, last = map(int, sys.argv[1:])
kept, PAGE = [], resource.getpagesize() // 1024

class Writing(BatchMetadataOperator):
    def handle_metadata(self, batch_meta):
        for frame_meta in batch_meta.frame_items:
            for number in range(3):
                found = batch_meta.acquire_object_meta()
                found.label, found.text_params.display_text = 'mine', 'text'
                found.rect_params.border_color = osd.Color(1.0, 0, 0, 1)
                user = batch_meta.acquire_user_meta()
                user.set_user_data_json({'n': number}, 40000)
                frame_meta.append(found)
                found.append(user)
            text = osd.Text()
            text.font.name = osd.FontFamily.Sans
            text.display_text = f'frame {frame_meta.frame_number}'
            display = batch_meta.acquire_display_meta()
            display.add_text(text)
            frame_meta.append(display)
            event = batch_meta.acquire_event_message_meta()
            event.generate(found, frame_meta, 'sensor', 'file:///a', ['car'])
            frame_meta.append(event)

class Reading(BufferObserver):
    seen, kilobytes = 0, {}
    def handle_buffer(self, buffer):
        for frame_meta in buffer.batch_meta.frame_items:
            for each in frame_meta.object_items:
                each.rect_params.left, each.label
        buffer.extract(0).shape
        self.seen += 1
        if KEEP: kept.append(bytes(250))
        if self.seen in (first, last):
            self.kilobytes[self.seen] = int(open('/proc/self/statm').read().split()[1]) * PAGE

reading = Reading()
caps = 'video/x-raw(memory:NVMM), format=RGBA, width=64, height=64'
pipeline = Pipeline('p').add('videotestsrc', 'src', {'num-buffers': last, 'pattern': 'black'})
pipeline.add('capsfilter', 'small', {'caps': 'video/x-raw, width=64, height=64'})
pipeline.add('nvvideoconvert', 'convert').add('capsfilter', 'caps', {'caps': caps})
pipeline.add('nvstreammux', 'mux', {'batch-size': 1, 'width': 64, 'height': 64})
pipeline.add('nvvideoconvert', 'again').add('capsfilter', 'pictures', {'caps': caps})
pipeline.add('fakesink', 'sink', {'sync': False})
pipeline.link('src', 'small', 'convert', 'caps').link(('caps', 'mux'), ('', 'sink_%u'))
pipeline.link('mux', 'again', 'pictures', 'sink')
pipeline.attach('mux', Probe('writing', Writing()))
pipeline.attach('pictures', Probe('reading', reading)).start().wait()
print(reading.seen, reading.kilobytes[last] - reading.kilobytes[first])
"""
FIRST, LAST = 1_000, 11_000
MOST = 1_300  # kilobytes: allocators and queues take some hundred, more or less


@pytest.fixture
def growth(run_script, tmp_path):
    def play(*, keep):
        path = tmp_path / "app.py"
        path.write_text(SCRIPT.replace("KEEP", str(keep)))
        done = run_script(path, str(FIRST), str(LAST), timeout=100)
        assert (done.stderr, done.returncode) == ("", 0)
        seen, kilobytes = map(int, done.stdout.split())
        assert seen == LAST
        return kilobytes

    return play


def test_ten_thousand_frames_leave_nothing(growth):
    assert growth(keep=False) < MOST


def test_the_control_two_hundred_and_fifty_bytes_a_frame_that_stay(growth):
    assert growth(keep=True) > MOST
