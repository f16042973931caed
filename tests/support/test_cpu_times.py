"""The CPU time of each file is listed, with that of processes that nobody waits for."""

import os
import re
import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

_PROJECT = Path(__file__).parents[2]
_BURN_S = 0.5
_BURNS = f"""
    import subprocess, sys

    def test_burns():
        code = "import time; end = {_BURN_S}"
        code += chr(10) + "while time.process_time() < end: pass"
        code += chr(10) + "print('burnt', flush=True); time.sleep(600)"
        child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        assert child.stdout.readline() == b"burnt\\n"
        child.kill()
"""
_IDLES = "def test_does_nothing(): pass"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: control groups")
@pytest.mark.parametrize("processes", ["0", "2"])
def test_a_file_is_listed_with_what_it_started(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, processes: str
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(_PROJECT))
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_PLUGINS", "xdist.plugin")
    pytester.makeconftest('pytest_plugins = ["tests.support.cpu_times"]')
    pytester.makepyfile(test_burning=_BURNS, test_idle=_IDLES)
    result = pytester.run(
        sys.executable, "-m", "pytest", "--cpu-times", "--dist", "loadfile", "-n", processes
    )
    if "can't use control groups" in result.stderr.str() + result.stdout.str():
        pytest.skip("needs control groups")
    assert result.ret == 0
    listed = re.findall(r"^ *([0-9.]+) s +[0-9.]+ s  (.+)$", result.stdout.str(), re.MULTILINE)
    assert [name for _, name in listed] == ["all 2 files", "test_burning.py", "test_idle.py"]
    together, burning, idle = (float(cpu_s) for cpu_s, _ in listed)
    assert burning >= _BURN_S - 0.05
    assert abs(together - burning - idle) < 0.2
