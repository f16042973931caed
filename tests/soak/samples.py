"""Samples of what a server with embedded engines holds: memory, files, connections, rows."""

import asyncio
from pathlib import Path
from statistics import fmean

import asyncpg
import valkey

from tests.journeys.served import Server, parent_of
from veza.app.paths import find_addresses
from veza.app.settings.settings import Settings
from veza.infra.security.secrets import load_secrets

POSTGRES = "PostgreSQL"
_ROWS = """
    select (select count(*) from pg_stat_activity where backend_type = 'client backend'),
           (select count(*) from outbox),
           (select count(*) from jobs)
"""

type Sample = dict[str, float]


class Sampler:
    """Takes samples of a server that runs."""

    def __init__(self, server: Server) -> None:
        self._server = server
        settings = Settings(data_dir=server.data_dir)
        self._addresses = find_addresses(settings, load_secrets(settings.data_dir))

    def take(self) -> Sample:
        """Measure everything once; the names are those of `trends.FLOORS`."""
        return self._measure_processes() | asyncio.run(self._count_rows()) | self._ask_valkey()

    def cpu_s(self) -> float:
        """Return the CPU time of all processes, and of those that ended and were waited for."""
        ticks = 0
        for pid in self._server.processes():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))
        return ticks / 100

    def _measure_processes(self) -> Sample:
        """Measure the processes that stay, and the average one of PostgreSQL.

        How many PostgreSQL has follows the number of connections, which is a measure of its own.
        """
        sample: Sample = {}
        of_postgres: list[tuple[float, int]] = []
        processes = self._server.processes()
        for pid, command in processes.items():
            name = _find_name(pid, command)
            # Until it becomes another program, a child has the name of its parent.
            if name is None or processes.get(parent_of(pid)) == command:
                continue
            try:
                memory, files = _memory_mib(pid), len(list(Path(f"/proc/{pid}/fd").iterdir()))
            except OSError:
                # A connection's process that has just ended.
                continue
            if name == POSTGRES:
                of_postgres.append((memory, files))
            else:
                sample |= {f"memory of {name}, MiB": memory, f"files of {name}": files}
        memories, counts = zip(*of_postgres, strict=True)
        sample["backend memory of PostgreSQL, MiB"] = fmean(memories)
        sample["files of PostgreSQL, each"] = fmean(counts)
        return sample

    async def _count_rows(self) -> Sample:
        connection = await asyncpg.connect(self._addresses.database)
        try:
            connections, events, jobs = await connection.fetchrow(_ROWS)
        finally:
            await connection.close()
        return {
            "connections of PostgreSQL": connections,
            "events in the outbox": events,
            "jobs in the queue": jobs,
        }

    def _ask_valkey(self) -> Sample:
        with valkey.Valkey.from_url(self._addresses.valkey) as client:
            keys = client.info("keyspace").get("db0", {"keys": 0, "expires": 0})
            clients = client.info("clients")["connected_clients"]
        return {
            "clients of Valkey": clients,
            "keys of Valkey": keys["keys"],
            "lasting keys of Valkey": keys["keys"] - keys["expires"],
        }


def _find_name(pid: int, command: str) -> str | None:
    """Return under which name a process is measured; None for one that does a single job."""
    program = command.split(maxsplit=1)[0] if command.strip() else ""
    if program.startswith("postgres") or Path(program).name == "postgres":
        return POSTGRES
    if Path(program).name == "valkey-server":
        return "Valkey"
    if program == "veza" or "-m veza serve" in command:
        words = [word for word in command.split() if not word.startswith("-")]
        return f"{words[1] if program == 'veza' else 'serve'} {pid}"
    return None


def _memory_mib(pid: int) -> float:
    """Return the proportional set size without memory that is shared by design.

    What PostgreSQL's processes share are its buffers, whose size is a setting.
    """
    fields = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, size, *_ = line.split()
        fields[name] = int(size)
    return (fields["Pss:"] - fields["Pss_Shmem:"]) / 1024
