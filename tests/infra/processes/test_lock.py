"""One server for each data directory."""

import os
import subprocess
import sys
from pathlib import Path

from veza.infra.processes.lock import hold_lock

HOLDER = """
import sys
from pathlib import Path
from veza.infra.processes.lock import hold_lock

with hold_lock(Path(sys.argv[1])) as other:
    print(other, flush=True)
    sys.stdin.readline()
"""


def test_the_second_learns_who_was_first(tmp_path: Path) -> None:
    with hold_lock(tmp_path) as first:
        assert first is None
        with hold_lock(tmp_path) as second:
            assert second == os.getpid()
        with hold_lock(tmp_path) as third:
            assert third == os.getpid(), "Asking must not take the lock away."
    with hold_lock(tmp_path) as later:
        assert later is None


def test_a_lock_ends_with_the_process_that_holds_it(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == "None"
        with hold_lock(tmp_path) as other:
            assert other == holder.pid
        holder.kill()
        holder.wait()

    with hold_lock(tmp_path) as other:
        assert other is None


def test_a_shorter_process_id_leaves_no_digits_of_a_longer_one(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("99999999999999999999")
    with hold_lock(tmp_path):
        assert (tmp_path / "lock").read_text() == str(os.getpid())


def test_the_lock_is_for_its_owner_alone(tmp_path: Path) -> None:
    with hold_lock(tmp_path):
        assert (tmp_path / "lock").stat().st_mode & 0o777 == 0o600
