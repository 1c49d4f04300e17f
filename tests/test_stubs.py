"""The stubs of the compiled modules say what is in them: names, arguments, defaults."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mypy", reason="the type checker is missing: make install brings it")

ROOT = Path(__file__).parent.parent
MODULES = ["pythiags.channel._ring", "pythiags.gst._gst", "pythiags.metadata._records"]
# What a compiled module has that Python cannot see, or what Cython adds to it.
ALLOWED = r"""
.*\.__init__
.*\.__buffer__
.*\.__test__
.*\.__(reduce|setstate)_cython__
pythiags\.gst\._gst\.(Base|Field|Struct|Structs|Nodes|Numbers)
pythiags\.gst\._gst\.(Double|Float|Int|Label|Text|Uint|Uint64)
"""


def stubtest(tmp_path, *, stubs=None):
    """Compare the stubs in the source, or others, with the modules."""
    allowed = tmp_path / "allowed"
    allowed.write_text(ALLOWED)
    options = ["--concise", "--ignore-unused-allowlist", f"--allowlist={allowed}"]
    known = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", "--help"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    if "--ignore-disjoint-bases" in known:  # a remark on layouts, of newer versions
        options.append("--ignore-disjoint-bases")
    words = ["--mypy-config-file=pyproject.toml", *options, *MODULES]
    return subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", *words],
        cwd=ROOT,
        env={"MYPYPATH": str(stubs or ROOT / "src"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def test_the_stubs_and_the_modules_agree(tmp_path):
    done = stubtest(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_control_a_stub_that_does_not(tmp_path):
    source = ROOT / "src" / "pythiags"
    stubs = tmp_path / "stubs" / "pythiags"
    for stub in source.rglob("*.py*"):
        if stub.suffix in {".py", ".pyi"}:
            copy = stubs / stub.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(stub.read_bytes())
    ring = stubs / "channel" / "_ring.pyi"
    text = ring.read_text()
    wrong = text.replace("    def refuse", "    def reject(self) -> None: ...\n    def refuse")
    wrong = wrong.replace("count: int, reason: str", "count: int, cause: str")
    wrong = wrong.replace("DROPPED: Final[int]\n", "")
    ring.write_text(wrong)
    told = stubtest(tmp_path, stubs=stubs.parent).stdout
    for name in ("Ring.reject", "Ring.spill_lost", "DROPPED"):
        assert f"pythiags.channel._ring.{name} " in told
