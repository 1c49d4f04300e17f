"""NVIDIA's driver and libraries, as programs see them where there is no card, or another driver."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from pythiags import nvidia
from pythiags.errors import MissingDependency
from pythiags.extras import install_line
from pythiags.portable.card import WITHOUT_ENCODER

STANDINS = Path(__file__).parent / "standins"

ASK = """
import dataclasses, json
from pythiags import nvidia
try:
    print(json.dumps(dataclasses.asdict(nvidia.driver()) | {"too old": nvidia.driver().is_too_old}))
except nvidia.MissingDependency as problem:
    print(json.dumps({"problem": str(problem)}))
"""
LOAD = """
import os
from pathlib import Path
from pythiags import nvidia
try:
    folder = nvidia.load()
    assert os.environ["LIBV4L2_PLUGIN_DIR"] == str(folder / "v4l_plugins")
    print(folder)
except nvidia.MissingDependency as problem:
    print(problem)
print(*{line.split()[-1] for line in open("/proc/self/maps") if "/" in line})
"""


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    """A folder with a driver's libraries that drive nothing."""
    folder = tmp_path_factory.mktemp("driver")
    for name in ("libcuda.so.1", "libnvcuvid.so.1"):
        words = ["cc", "-shared", "-fPIC", f"-Wl,-soname={name}", "-o", str(folder / name)]
        subprocess.run([*words, str(STANDINS / "libcuda.c")], check=True)
    return folder


# NVIDIA's libnvbufsurftransform frees what it does not own when the program exits, if its driver
# drives nothing: Debian 13's C library aborts there.
LEAVE = "\nimport os, sys\nsys.stdout.flush()\nos._exit(0)\n"


def run(code, folder, **more):
    """Run code in a program that finds the driver."""
    environ = os.environ | {"LD_LIBRARY_PATH": str(folder)} | more
    done = subprocess.run(
        [sys.executable, "-c", code + LEAVE],
        capture_output=True,
        text=True,
        check=False,
        env=environ,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_no_driver_is_told(monkeypatch):
    monkeypatch.setattr(nvidia, "DRIVER", "libnosuchdriver.so.1")
    with pytest.raises(MissingDependency, match="no NVIDIA driver: libnosuchdriver"):
        nvidia.driver()


@pytest.mark.parametrize(("code", "name"), [("100", "CUDA_ERROR_NO_DEVICE"), ("999", "999")])
def test_a_driver_without_a_card_is_told(driver, code, name):
    found = json.loads(run(ASK, driver, STANDIN_CUINIT=code))
    assert f"cuInit returned {name}" in found["problem"]
    assert "--gpus=all" in found["problem"]


def test_a_driver_that_was_updated_under_the_kernel_is_told(driver):
    found = json.loads(run(ASK, driver, STANDIN_CUINIT="803"))
    assert "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH" in found["problem"]
    assert "restart the machine" in found["problem"]


@pytest.mark.parametrize(("version", "old"), [("13000", False), ("13020", False), ("12080", True)])
def test_a_card_is_described(driver, version, old):
    found = json.loads(run(ASK, driver, STANDIN_CUINIT="0", STANDIN_CUDA=version))
    assert found["cards"] == [{"number": 0, "name": "Stand-in card", "memory": 8 << 30}]
    assert found["cuda"] == [int(version[:2]), int(version[2:4])]
    assert found["too old"] is old


def test_the_version_is_the_kernel_modules(monkeypatch, tmp_path):
    file = tmp_path / "version"
    monkeypatch.setattr(nvidia, "VERSION_FILE", file)
    assert nvidia._kernel_version() == ""
    file.write_text("NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release\n")
    assert nvidia._kernel_version() == "580.95.05"


def test_no_package_of_the_decoder_is_told(monkeypatch):
    monkeypatch.setattr(nvidia.sys, "path", [])
    assert nvidia.decoder_folder() is None
    with pytest.raises(MissingDependency) as raised:
        nvidia.load()
    assert raised.value.hint == install_line("gpu")


@pytest.fixture
def packages():
    """The packages of the decoder and of CUDA, which the tests have on x86-64."""
    if platform.machine() not in ("x86_64", "AMD64"):
        pytest.skip(f"NVIDIA has no packages of its decoder for {platform.machine()}")
    assert nvidia.decoder_folder() is not None


def test_the_libraries_are_opened_from_their_packages(packages, driver):
    first, loaded = run(LOAD, driver, LIBV4L2_PLUGIN_DIR="/nowhere").splitlines()
    assert first == str(nvidia.decoder_folder())
    for each in nvidia.libraries():
        assert f"/{each.name}" in loaded or each.name == "libnvcuvid.so.1"
    assert str(driver / "libnvcuvid.so.1") in loaded
    assert "nvidia/cu13/lib/libnppig.so.13" in loaded


def test_what_is_missing_is_named_with_its_remedy(packages, tmp_path):
    told, *_ = run(LOAD, tmp_path).split("\n/")
    assert told.startswith("NVIDIA's decoder needs libnvcuvid.so.1: ")
    assert "try: install the driver's video libraries" in told


def test_without_a_driver_nothing_of_nvidias_is_opened(packages, tmp_path):
    """The packages may be there, as in the environment of these tests."""
    code = """
from pythiags import portable
assert "nvv4l2decoder" in portable.install()
print(*{line.split()[-1] for line in open("/proc/self/maps") if "/" in line})
"""
    opened = run(code, tmp_path).split()
    assert [path for path in opened if "/nvidia/" in path or "libcu" in path] == []


def test_a_card_gets_nvidias_decoder_without_a_rank(packages, driver):
    code = """
from pythiags import portable
from pythiags.gst import Gst
assert "nvv4l2decoder" not in portable.install()
factory = Gst.ElementFactory.find("nvv4l2decoder")
print(factory.get_plugin_name(), factory.get_rank())
"""
    # NVIDIA's libraries print besides.
    assert "nvvideo4linux2 0" in run(code, driver, STANDIN_CUINIT="0").splitlines()


def test_a_driver_that_is_too_old_leaves_the_portable_decoder_and_is_told_once(packages, driver):
    code = """
import logging, sys
logging.basicConfig(level=logging.WARNING, stream=sys.stdout)
from pythiags import portable
assert "nvv4l2decoder" in portable.install()
portable.install()
"""
    environ = {"STANDIN_CUINIT": "0", "STANDIN_CUDA": "12080"}
    assert run(code, driver, **environ).count("the driver is too old") == 1


@pytest.mark.parametrize(("lacking", "portable"), [("Stand-in", True), ("H100", False)])
def test_where_the_card_has_no_encoder_the_portable_one_is_used(
    packages, driver, lacking, portable
):
    code = f"""
import re
from pythiags import portable
from pythiags.portable import card
card.WITHOUT_ENCODER = re.compile("{lacking}")
names = portable.install()
print("nvv4l2h264enc" in names, "nvv4l2decoder" in names)
"""
    found = run(code, driver, STANDIN_CUINIT="0").splitlines()[-1]
    assert found == f"{portable} False"


@pytest.mark.parametrize("name", ["NVIDIA H100 80GB HBM3", "NVIDIA A100-SXM4-80GB", "NVIDIA H200"])
def test_cards_without_an_encoder_are_known(name):
    assert WITHOUT_ENCODER.search(name)


@pytest.mark.parametrize("name", ["NVIDIA L4", "NVIDIA A10", "NVIDIA GeForce RTX 3090"])
def test_cards_with_an_encoder_are_not_among_them(name):
    assert not WITHOUT_ENCODER.search(name)


def test_a_card_that_is_not_there_is_an_error(driver):
    code = """
from pythiags.errors import ConfigError
from pythiags.portable import card
class Runtime:
    def get_available_providers():
        return ["CUDAExecutionProvider", "CPUExecutionProvider"]
card._has_runtime = lambda: True
print(card.device(Runtime, 0), card.providers(Runtime, 0)[0][1]["device_id"])
try:
    card.providers(Runtime, 1)
except ConfigError as problem:
    print(problem)
"""
    found = run(code, driver, STANDIN_CUINIT="0")
    assert "('cuda', 0) 0" in found
    assert "there is no GPU 1" in found
    assert "gpu-id=0" in found
    assert "0: Stand-in card" in found


def test_a_runtime_without_its_libraries_leaves_networks_on_the_cpu(driver):
    code = """
from pythiags.portable import card
class Runtime:
    def get_available_providers():
        return ["CUDAExecutionProvider", "CPUExecutionProvider"]
print(card.has_card(), card.providers(Runtime))
"""
    found = run(code, driver, STANDIN_CUINIT="0").splitlines()[-1]
    assert found == "True ['CPUExecutionProvider']"
    assert run(code, driver).splitlines()[-1] == "False ['CPUExecutionProvider']"


def test_that_it_is_not_used_is_logged_once(driver):
    code = """
import logging, sys
logging.basicConfig(level=logging.WARNING, stream=sys.stdout)
from pythiags.portable import card
class Runtime:
    def get_available_providers():
        return ["CUDAExecutionProvider", "CPUExecutionProvider"]
card.device(Runtime), card.providers(Runtime)
"""
    assert run(code, driver, STANDIN_CUINIT="0").count("networks run on the CPU") == 1


def test_the_doctor_shows_the_card_and_each_library(packages, driver):
    code = """
from pythiags.cli import doctor
for each in doctor.examine():
    print(each.what, each.state, each.found, each.remedy, sep="|")
"""
    rows = [line.split("|") for line in run(code, driver, STANDIN_CUINIT="0").splitlines()]
    shown = {row[0]: row[1:] for row in rows if len(row) == 4}
    assert shown["NVIDIA card"][:2] == ["ok", "0: Stand-in card, 8 GiB; driver for CUDA 13.0"]
    assert shown["libnppig.so.13"][0] == "ok"
    assert "uninstall --yes onnxruntime" in shown["onnxruntime"][2] or sys.version_info < (3, 11)
    rows = run(code, driver, STANDIN_CUINIT="0", STANDIN_CUDA="12080")
    assert "NVIDIA card|wrong|" in rows
    assert "install driver 580 or later" in rows
    no_card = run(code, driver)
    assert "NVIDIA card|optional|none: the NVIDIA driver finds no card" in no_card
    assert "|in a container, pass the devices on" in no_card


def test_the_doctor_shows_what_onnx_runtime_needs_for_a_card(driver):
    code = """
from pythiags import nvidia
from pythiags.cli import doctor
doctor._version = lambda name: None if name == "onnxruntime" else "1.0"
found = nvidia._find
nvidia._find = lambda name: None if "cudnn" in name else found(name)
for each in doctor.examine():
    print(each.what, each.state, each.found, each.remedy, sep="|")
"""
    rows = [line.split("|") for line in run(code, driver, STANDIN_CUINIT="0").splitlines()]
    shown = {row[0]: row[1:] for row in rows if len(row) == 4}
    assert shown["libcudnn.so.9"][0] == "missing"
    assert shown["libcudnn.so.9"][1] == "without it networks run on the CPU"
    assert shown["libcudnn.so.9"][2] == install_line("gpu")
    assert {"libcublas.so.13", "libcufft.so.12", "libcurand.so.10"} <= shown.keys()
    assert [row[0] for row in rows].count("libcudart.so.13") == 1
    assert "libcudnn.so.9" not in run(code, driver)


def test_the_doctor_has_no_remedy_for_a_machine_without_a_driver(monkeypatch):
    from pythiags.cli import doctor

    monkeypatch.setattr(nvidia, "DRIVER", "libnosuchdriver.so.1")
    (finding,) = doctor._card()
    assert (finding.state, finding.remedy) == ("optional", "")


def test_the_doctor_knows_where_there_is_no_decoder():
    from pythiags.cli import doctor

    assert "NVIDIA has none for aarch64" in doctor._no_decoder("aarch64").found
    assert doctor._no_decoder("aarch64").remedy == ""
    assert doctor._no_decoder("x86_64").remedy == install_line("gpu")


@pytest.mark.parametrize(
    ("python", "installed", "found", "extra"),
    [
        ((3, 12), None, "not installed: runs the models", "gpu"),
        ((3, 12), "1.0", "1.0: runs networks on the CPU alone", "gpu"),
        ((3, 10), None, "not installed: runs the models", "infer"),
        ((3, 10), "1.0", "1.0 on the CPU: the package for cards needs", ""),
    ],
)
def test_the_doctor_has_the_command_for_networks(monkeypatch, python, installed, found, extra):
    from pythiags.cli import doctor

    def version(name):
        return installed if name == "onnxruntime" else None

    monkeypatch.setattr(doctor.sys, "version_info", python)
    monkeypatch.setattr(doctor, "_version", version)
    monkeypatch.setattr(doctor.importlib.util, "find_spec", lambda _name: installed)
    finding = doctor._onnxruntime(has_card=True)
    assert finding.state == "optional"
    assert finding.found.startswith(found)
    assert finding.remedy.endswith(install_line(extra)) if extra else finding.remedy == ""


def test_the_doctor_tells_of_both_packages_of_onnx_runtime(monkeypatch):
    from pythiags.cli import doctor

    monkeypatch.setattr(doctor, "_version", lambda name: "1.0" if "onnxruntime" in name else None)
    finding = doctor._onnxruntime(has_card=True)
    assert finding.state == "wrong"
    assert "overwrite each other's files" in finding.found
    assert install_line("gpu") in finding.remedy
