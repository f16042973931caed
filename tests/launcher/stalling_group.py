"""A group of processes as `veza prefork` has it, whose event loops stand still when told to.

python -m tests.launcher.stalling_group FOLDER: the processes listen on the sockets `0` to `2`
in it.
"""

import asyncio
import os
import signal
import sys
import time
from functools import partial
from pathlib import Path

from veza.infra.processes.heartbeats import beating
from veza.launcher.prefork import ForkedProcess, ProcessGroup

# Two beats: a process that is well never comes near it, however busy the machine.
STALL_S, CHECK_S = 2.0, 0.2


def main() -> None:
    folder = Path(sys.argv[1])
    processes = [
        ForkedProcess("http", partial(serve, folder / name), signal.SIGKILL) for name in "012"
    ]
    group = ProcessGroup(stall_s=STALL_S, check_s=CHECK_S)
    child = group.run(processes, before_stop=lambda: None)
    if child is not None:
        child.run()


def serve(path: Path) -> None:
    async def listen() -> None:
        path.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(answer, path)
        async with beating(), server:
            await server.serve_forever()

    asyncio.run(listen())


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    word = await reader.readline()
    writer.write(b"%d\n" % os.getpid())
    await writer.drain()
    if word == b"sleep\n":
        fall_asleep()
    if word == b"compute\n":
        compute()
    writer.close()


def fall_asleep() -> None:
    time.sleep(3600)


def compute() -> None:
    while True:
        pass


if __name__ == "__main__":
    main()
