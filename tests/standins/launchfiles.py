"""The files that the launch lines of the elements' documentation name, but for videos."""

import shutil

from standins.preparing import preprocess_file

from pythiags import data

ZONES = """[property]
enable=1
config-width=640
config-height=480
[roi-filtering-stream-0]
enable=1
roi-Door=100;20;200;20;200;200;100;200
"""
SERVER = """
infer_config {
  backend { triton { model_name: "nanodet" version: -1 model_repo { root: "models" } } }
  postprocess {
    labelfile_path: "labels.txt"
    detection { nms { confidence_threshold: 0.4 iou_threshold: 0.5 } }
  }
}
"""


METAMUX = """[property]
enable=1
active-pad=sink_0
pts-tolerance=60000
[user-configs]
[group-0]
src-ids-model-2=0
"""


def write_files(folder):
    """Write the default network, twice and as a repository of models, and other elements' files."""
    model = data.path("config_infer_primary_nanodet.txt")
    shutil.copytree(model.parent, folder, dirs_exist_ok=True)
    shutil.copy(model, folder / "config_infer_primary.txt")
    second = model.read_text().replace("gie-unique-id=1", "gie-unique-id=2")
    (folder / "config_infer_second.txt").write_text(second)
    (folder / "config_metamux.txt").write_text(METAMUX)
    (folder / "config_nvdsanalytics.txt").write_text(ZONES)
    preprocess_file(folder, size=(416, 416), network_color_format=1)
    version = folder / "models" / "nanodet" / "1"
    version.mkdir(parents=True)
    shutil.copy(model.parent / "nanodet_g_416.onnx", version / "model.onnx")
    (folder / "config_inferserver.txt").write_text(SERVER)
