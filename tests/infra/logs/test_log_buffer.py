"""The buffer of the log: what waits, for how long, and in which order it is written."""

import io
import subprocess
import sys
import threading

from tests.infra.waiting import until
from veza.infra.logs.log_buffer import MAX_LINES, LogBuffer


async def test_lines_wait_for_others_and_are_written_in_order() -> None:
    stream = io.BytesIO()
    buffer = LogBuffer(stream)
    for number in range(MAX_LINES - 1):
        buffer.add(b"%d\n" % number)
    assert stream.getvalue() == b""

    buffer.add(b"last\n")

    lines = stream.getvalue().split()
    assert lines == [b"%d" % number for number in range(MAX_LINES - 1)] + [b"last"]


async def test_a_line_that_is_alone_is_written_soon() -> None:
    stream = io.BytesIO()
    LogBuffer(stream).add(b"alone\n")
    assert stream.getvalue() == b""

    await until(lambda: bool(stream.getvalue()))

    assert stream.getvalue() == b"alone\n"


async def test_an_error_is_written_at_once_after_what_waits() -> None:
    stream = io.BytesIO()
    buffer = LogBuffer(stream)
    buffer.add(b"request\n")

    buffer.write(b"error\n")

    assert stream.getvalue() == b"request\nerror\n"


def test_without_an_event_loop_nothing_waits() -> None:
    stream = io.BytesIO()
    LogBuffer(stream).add(b"request\n")
    assert stream.getvalue() == b"request\n"


def test_threads_lose_no_line() -> None:
    stream = io.BytesIO()
    buffer = LogBuffer(stream)

    def write_many(name: int) -> None:
        for number in range(500):
            (buffer.add if number % 3 else buffer.write)(b"%d-%d\n" % (name, number))

    threads = [threading.Thread(target=write_many, args=[name]) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    buffer.flush()

    lines = stream.getvalue().split()
    assert len(lines) == len(set(lines)) == 2000


async def test_a_log_that_cannot_be_written_fails_no_request() -> None:
    stream = io.BytesIO()
    buffer = LogBuffer(stream)
    stream.close()

    buffer.write(b"lost\n")


def test_what_waits_is_written_when_the_process_exits() -> None:
    program = """
import asyncio, sys
from veza.infra.logs.log_buffer import LogBuffer
async def main():
    LogBuffer(sys.stderr.buffer).add(b"the last request\\n")
asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stderr == b"the last request\n"
