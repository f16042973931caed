"""Sends the same mail again and again by aiosmtplib, over several connections.

Runs as a separate process: reads a `MailTask` as JSON from standard input, and writes a `MailsSent`
as JSON to standard output.
"""

import asyncio
import sys
import time

import aiosmtplib
import msgspec
from msgspec import Struct


class MailTask(Struct, frozen=True):
    """The load: the number of mails, each to another address, and of connections."""

    port: int
    mails: int
    connections: int
    content: bytes


class MailsSent(Struct, frozen=True):
    """The duration of a run, and the CPU time of this process, in seconds."""

    seconds: float
    cpu_s: float


async def run(task: MailTask) -> MailsSent:
    """Send the mails."""
    waiting = [f"fan{number}@example.com" for number in range(task.mails)]
    began, cpu_s = time.perf_counter(), time.process_time()
    async with asyncio.TaskGroup() as group:
        for _ in range(task.connections):
            group.create_task(_send_some(task, waiting))
    return MailsSent(time.perf_counter() - began, time.process_time() - cpu_s)


async def _send_some(task: MailTask, waiting: list[str]) -> None:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=task.port, start_tls=False) as client:
        while waiting:
            await client.sendmail("news@example.org", [waiting.pop()], task.content)


if __name__ == "__main__":
    found = msgspec.json.decode(sys.stdin.buffer.read(), type=MailTask)
    sys.stdout.buffer.write(msgspec.json.encode(asyncio.run(run(found))))
