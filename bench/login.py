"""Compare the cost of a login with a known and an unknown address: they must not differ.

The two kinds alternate, so that other load of the machine affects both.
"""

import time
from pathlib import Path
from statistics import median

import msgspec
from msgspec import Struct

from bench.http_client import HttpConnection, encode_request
from bench.load import Request
from bench.plan import Plan, Topic
from bench.ratios import Case, Result, Sample, compute_ratio
from bench.server import Server, running_server
from veza.core.ids import new_id
from veza.infra.security.passwords import Passwords

PAIRS = 40
# The accepted difference of the medians: a few requests must not reveal which addresses exist.
TOLERANCE = 0.05


class _Cost(Struct):
    """The costs of logins of one kind in a round."""

    cpu_s: list[float] = []
    wall_s: list[float] = []


async def run(plan: Plan) -> list[Result]:
    """Measure in several rounds: time and CPU time of the medians."""
    async with running_server(VEZA_TRUSTED_PROXIES="127.0.0.1/32") as server:
        addresses = await _fill(server)
        rounds = [await _measure(server, addresses) for _ in range(plan.rounds)]
    return [
        compute_ratio(
            _case("time"),
            [Sample(median(known.wall_s) * 1000) for known, _ in rounds],
            [Sample(median(unknown.wall_s) * 1000) for _, unknown in rounds],
        ),
        compute_ratio(
            _case("CPU time"),
            [Sample(median(known.cpu_s) * 1000) for known, _ in rounds],
            [Sample(median(unknown.cpu_s) * 1000) for _, unknown in rounds],
        ),
    ]


def _case(what: str) -> Case:
    return Case(
        topic="login",
        name=f"{what} of a known address",
        reference="unknown address",
        unit="ms",
        is_lower_better=True,
        goal=1 + TOLERANCE,
    )


async def _measure(server: Server, addresses: list[str]) -> tuple[_Cost, _Cost]:
    known, unknown = _Cost(), _Cost()
    async with HttpConnection(server.port) as connection:
        # Each account once per round: a rising count of failures would slow it down.
        for address in addresses[:PAIRS]:
            await _login(server, connection, address, known)
            await _login(server, connection, f"{new_id().hex}@example.com", unknown)
    return known, unknown


async def _login(server: Server, connection: HttpConnection, email: str, cost: _Cost) -> None:
    network = new_id().hex[-8:]
    request = Request(
        method="POST",
        path="/api/v1/auth/login",
        header=f"X-Forwarded-For: 2001:db8:{network[:4]}:{network[4:]}::1",
        body=msgspec.json.encode({"email": email, "password": "not the password"}).decode(),
    )
    text = encode_request(server.port, request)
    cpu_s, began = _cpu_s_of(server.http_pid), time.perf_counter()
    answer = await connection.send(text)
    cost.wall_s.append(time.perf_counter() - began)
    cost.cpu_s.append(_cpu_s_of(server.http_pid) - cpu_s)
    if answer.status != 401:
        raise RuntimeError(answer.body.decode())


def _cpu_s_of(pid: int) -> float:
    """Return the CPU time of a process in seconds, with nanosecond resolution.

    The ticks of `/proc/PID/stat` are too coarse: one is half of a login.
    """
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


async def _fill(server: Server) -> list[str]:
    passwords = Passwords(threads=1)
    stored = await passwords.hash("a long enough sentence")
    passwords.close()
    names = [f"bench{number}" for number in range(PAIRS)]
    async with server.services.database.transaction() as tx:
        for name in names:
            await tx.run(
                "insert into users (id, username, email, password_hash) values ($1, $2, $3, $4)",
                *(new_id(), name, f"{name}@example.com", stored),
            )
    return [f"{name}@example.com" for name in names]


TOPIC = Topic("login", run, is_compared=False)
