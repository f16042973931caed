"""Processes of benchmarks are found, measured and stopped."""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import pytest

from bench.http_client import Answer, encode_request
from bench.install import PEERS
from bench.load import Request
from bench.processes import (
    Cpu,
    find_listeners,
    find_programs,
    output_of,
    pss_mib_of,
    rss_mib_of,
    running,
)

_WAIT = (sys.executable, "-c", "import time; print(1, flush=True); time.sleep(600)")


async def test_a_running_program_is_stopped_at_the_end():
    async with running(*_WAIT, stdout=asyncio.subprocess.DEVNULL) as process:
        assert process.pid in find_programs(os.getpid())
    assert process.returncode == -signal.SIGTERM
    assert process.pid not in find_programs(os.getpid())


async def test_a_program_that_fails_is_an_error_with_its_message():
    with pytest.raises(RuntimeError, match="it broke"):
        await output_of(sys.executable, "-c", "import sys; sys.exit('it broke')")


async def test_input_and_output_are_passed():
    assert await output_of("cat", data=b"text") == "text"


def test_a_listening_process_is_found_by_its_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        assert find_listeners(os.getpid(), port) == [os.getpid()]
    assert find_listeners(os.getpid(), port) == []


def test_memory_of_a_process_that_has_ended_is_zero():
    assert rss_mib_of(os.getpid()) > 1
    assert pss_mib_of([os.getpid()]) > 1
    assert rss_mib_of(2**22 + 1) == 0


def test_cpu_time_counts_new_processes_and_forgets_ended_ones():
    before = Cpu({1: 5.0, 2: 9.0}, {7: 1.0})
    after = Cpu({1: 6.0, 3: 0.5}, {7: 1.25})
    assert after.since(before) == (1.5, 0.25)


def test_a_request_is_encoded_with_its_token_and_length():
    request = Request("/likes", "POST", token="abc", header="X-A: b", body='{"a":"é"}')
    assert encode_request(80, request).decode() == (
        "POST /likes HTTP/1.1\r\nHost: 127.0.0.1:80\r\nAuthorization: Bearer abc\r\nX-A: b\r\n"
        'Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{"a":"é"}'
    )


def test_a_refused_response_has_no_data():
    with pytest.raises(RuntimeError, match="Status 503"):
        Answer(503, b"busy").data()


@pytest.mark.parametrize("path", sorted(PEERS.glob("*.txt")), ids=lambda path: path.name)
def test_the_packages_of_peers_are_pinned_and_name_no_registry(path: Path):
    text = path.read_text()
    assert "://" not in text
    pins = text.replace("\\\n", " ").splitlines()
    pins = [pin for pin in pins if pin and not pin.lstrip().startswith("#")]
    assert pins
    assert all("==" in pin and "--hash=sha256:" in pin for pin in pins)
