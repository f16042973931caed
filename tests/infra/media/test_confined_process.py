"""Programs kept within bounds, and never left behind."""

import asyncio
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.infra.small_disk import mounted
from veza.core.errors import OutOfSpace
from veza.infra.media.confined_process import (
    ProcessFailure,
    ProcessLimits,
    feed_confined,
    run_confined,
)

LIMITS = ProcessLimits(cpu_s=10, wall_s=20, file_bytes=1 << 20)


def python(program: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", program]


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def ensure_dead(pid: int) -> None:
    """Wait until a killed process is gone: the kernel takes a moment over a child's child."""
    async with asyncio.timeout(28):
        while is_alive(pid):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def pid_in(path: Path) -> int:
    """Wait until a program has written its number there."""
    async with asyncio.timeout(28):
        while not (path.exists() and path.read_text().endswith("\n")):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return int(path.read_text())


def sleeper(path: Path) -> list[str]:
    """Write the number of a grandchild, and sleep with it."""
    return ["/bin/sh", "-c", f"sleep 60 & echo $! > {path}; echo begun; wait"]


async def test_what_a_program_writes_arrives_whole_and_in_order(tmp_path):
    got = bytearray()
    program = "import os\nfor n in range(300): os.write(1, bytes([n % 251]) * 10_007)"

    end = await run_confined(python(program), LIMITS, folder=tmp_path, take=got.extend)

    assert end.exit_code == 0
    assert got == b"".join(bytes([n % 251]) * 10_007 for n in range(300))


@pytest.mark.long
async def test_only_the_end_of_many_complaints_is_kept(tmp_path):
    program = (
        "import sys\nfor n in range(300_000): print('complaint', n, file=sys.stderr)\nsys.exit(3)"
    )

    end = await run_confined(python(program), LIMITS, folder=tmp_path)

    assert end.exit_code == 3
    assert end.stderr.endswith("complaint 299999\n")
    assert len(end.stderr) <= 64 << 10


async def test_a_program_has_no_environment_no_input_and_few_files(tmp_path, monkeypatch):
    monkeypatch.setenv("VEZA_SECRET", "x")
    got = bytearray()
    program = (
        "import os, resource, sys\n"
        "print('VEZA_SECRET' in os.environ, repr(sys.stdin.read()), os.getcwd())\n"
        "print(*map(resource.getrlimit, (resource.RLIMIT_NOFILE, resource.RLIMIT_CORE)))"
    )

    await run_confined(python(program), LIMITS, folder=tmp_path, take=got.extend)

    assert got.decode() == f"False '' {tmp_path}\n(64, 64) (0, 0)\n"


async def test_a_program_that_outlasts_the_clock_is_killed(tmp_path):
    hasty = ProcessLimits(cpu_s=10, wall_s=1, file_bytes=1 << 20)

    with pytest.raises(ProcessFailure, match="longer than 1 s"):
        await run_confined(sleeper(tmp_path / "pid"), hasty, folder=tmp_path)

    await ensure_dead(await pid_in(tmp_path / "pid"))


@pytest.mark.long
async def test_a_program_that_uses_up_its_cpu_time_is_ended(tmp_path):
    idle = ProcessLimits(cpu_s=1, wall_s=30, file_bytes=1 << 20)

    end = await run_confined(python("while True: pass"), idle, folder=tmp_path)

    assert end.exceeded_cpu


async def test_a_program_that_writes_too_large_a_file_is_ended(tmp_path):
    end = await run_confined(["/bin/sh", "-c", "exec cat /dev/zero > big"], LIMITS, folder=tmp_path)

    assert end.exit_code == -signal.SIGXFSZ
    assert (tmp_path / "big").stat().st_size == 1 << 20


async def test_a_full_disk_is_told_from_a_program_that_only_says_so(tmp_path):
    """Metadata of a file may hold the words: such a file is bad, and not retried without limit."""
    words = ["/bin/sh", "-c", "echo 'title: No space left on device' >&2; exit 1"]
    assert (await run_confined(words, LIMITS, folder=tmp_path)).exit_code == 1

    fill = ["/bin/dd", "if=/dev/zero", "of=made", "bs=1000", "count=1000"]
    with mounted(tmp_path / "disk", 1 << 19) as disk, pytest.raises(OutOfSpace):
        await run_confined(fill, LIMITS, folder=disk)


async def test_a_program_that_wants_too_much_memory_does_not_get_it(tmp_path):
    small = ProcessLimits(cpu_s=10, wall_s=20, file_bytes=1 << 20, memory_bytes=256 << 20)

    end = await run_confined(python("bytearray(1 << 30)"), small, folder=tmp_path)

    assert "MemoryError" in end.stderr


async def test_cancelling_kills_the_program_and_its_children(tmp_path):
    task = asyncio.create_task(run_confined(sleeper(tmp_path / "pid"), LIMITS, folder=tmp_path))
    pid = await pid_in(tmp_path / "pid")

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    await ensure_dead(pid)


async def test_a_refusal_by_the_taker_kills_the_program(tmp_path):
    def refuse(piece: bytes) -> None:
        raise ValueError(f"Enough after {len(piece)} bytes.")

    command = ["/bin/sh", "-c", f"echo $$ > {tmp_path}/pid; exec cat /dev/zero"]
    with pytest.raises(ValueError, match="Enough"):
        await run_confined(command, LIMITS, folder=tmp_path, take=refuse)

    await ensure_dead(await pid_in(tmp_path / "pid"))


async def test_a_program_of_whose_output_much_is_unread_ends_too(tmp_path):
    def refuse_late(piece: bytes) -> None:
        # Meanwhile as much is read ahead as may be, and then nobody looks at the pipe any more.
        time.sleep(0.5)
        raise ValueError("Enough.")

    command = ["/bin/sh", "-c", f"echo $$ > {tmp_path}/pid; exec cat /dev/zero"]
    async with asyncio.timeout(60):
        with pytest.raises(ValueError, match="Enough"):
            await run_confined(command, LIMITS, folder=tmp_path, take=refuse_late)

    await ensure_dead(await pid_in(tmp_path / "pid"))


async def test_a_program_that_is_not_there_is_a_failure_of_ours(tmp_path):
    with pytest.raises(ProcessFailure, match="/no/such: No such file"):
        await run_confined(["/no/such"], LIMITS, folder=tmp_path)


async def test_a_program_that_somebody_kills_is_a_failure_of_ours(tmp_path):
    with pytest.raises(ProcessFailure, match="killed"):
        await run_confined(["/bin/sh", "-c", "kill -9 $$"], LIMITS, folder=tmp_path)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
async def test_a_program_dies_with_the_process_that_started_it(how, tmp_path):
    program = (
        "import asyncio\nfrom pathlib import Path\n"
        "from veza.infra.media.confined_process import ProcessLimits, run_confined\n"
        f"command = ['/bin/sh', '-c', 'echo $$ > {tmp_path}/pid; exec sleep 60']\n"
        "limits = ProcessLimits(cpu_s=10, wall_s=60, file_bytes=1 << 20)\n"
        f"asyncio.run(run_confined(command, limits, folder=Path({str(tmp_path)!r})))\n"
    )
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", program)
    pid = await pid_in(tmp_path / "pid")
    assert is_alive(pid)
    parent.send_signal(how)
    await parent.wait()

    async with asyncio.timeout(28):
        while is_alive(pid):  # noqa: ASYNC110 - a stranger's process tells nobody of its end.
            await asyncio.sleep(0.01)


async def test_a_program_that_is_fed_reads_all_and_is_ended_with_the_block(tmp_path):
    pid_file = tmp_path / "pid"
    program = (
        "import os, sys\nopen('pid', 'w').write(f'{os.getpid()}\\n')\n"
        "open('read', 'wb').write(sys.stdin.buffer.read())"
    )
    async with feed_confined(python(program), LIMITS, folder=tmp_path) as process:
        for _ in range(20):
            await process.write(b"x" * 10_000)
        await process.finish()
        assert await process.wait() == 0
    assert (tmp_path / "read").read_bytes() == b"x" * 200_000

    pid_file.unlink()
    async with feed_confined(python(program), LIMITS, folder=tmp_path):
        pid = await pid_in(pid_file)
    assert not is_alive(pid)


async def test_a_program_that_ended_is_fed_no_more(tmp_path):
    async with feed_confined(python("pass"), LIMITS, folder=tmp_path) as process:
        await process.wait()
        with pytest.raises(ProcessFailure):
            await process.write(b"x" * 10_000_000)
