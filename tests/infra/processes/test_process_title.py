"""The command line that ps shows."""

import subprocess
import sys

_CODE = """
import sys
from pathlib import Path
from veza.infra.processes.process_title import set_title
set_title(*sys.argv[1].split())
print(Path("/proc/self/cmdline").read_bytes().replace(bytes(1), b" ").decode().strip())
print(Path("/proc/self/comm").read_text().strip())
"""


def _show(title: str, *further: str) -> list[str]:
    command = [sys.executable, "-c", _CODE, title, *further]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_a_title_replaces_the_command_line():
    assert _show("veza http", "--port", "8080") == ["veza http", "veza http"]


def test_a_title_that_is_too_long_is_cut():
    line, _ = _show("veza " + "x" * 10_000)

    assert line.startswith("veza xxx")
    assert len(line) < 20_000
