"""Compare the cost of a login with a known and an unknown address: they must not differ.

The two kinds alternate, so that other load of the machine affects both.
"""

import logging
import time
from pathlib import Path
from statistics import median

import httpx
from msgspec import Struct

from bench.server import Server, running_server
from veza.core.ids import new_id
from veza.infra.security.passwords import Passwords

ROUNDS = 5
PAIRS = 40
# The accepted difference of the medians: a few requests must not reveal which addresses exist.
TOLERANCE = 0.05


class _Cost(Struct):
    """The costs of logins of one kind in a round."""

    cpu_s: list[float] = []
    wall_s: list[float] = []


async def run() -> None:
    """Measure in several rounds and print the ratios."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    async with running_server(VEZA_TRUSTED_PROXIES="127.0.0.1/32") as server:
        addresses = await _fill(server)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}/api/v1/") as client:
            rounds = [await _measure(server, client, addresses) for _ in range(ROUNDS)]
    known = median(median(known.wall_s) for known, _ in rounds)
    unknown = median(median(unknown.wall_s) for _, unknown in rounds)
    print(f"known address     {known * 1000:6.2f} ms, with a wrong password")
    print(f"unknown address   {unknown * 1000:6.2f} ms")
    _print("wall", sorted(median(k.wall_s) / median(u.wall_s) for k, u in rounds))
    _print("CPU", sorted(median(k.cpu_s) / median(u.cpu_s) for k, u in rounds))


def _print(what: str, ratios: list[float]) -> None:
    middle = median(ratios)
    verdict = "within" if abs(middle - 1) <= TOLERANCE else "BEYOND"
    print(
        f"known / unknown   {middle:6.3f} of {what}, {ratios[0]:.3f} to {ratios[-1]:.3f} "
        f"({verdict} {TOLERANCE:.0%})"
    )


async def _measure(
    server: Server, client: httpx.AsyncClient, addresses: list[str]
) -> tuple[_Cost, _Cost]:
    known, unknown = _Cost(), _Cost()
    # Each account once per round: a rising count of failures would slow it down.
    for address in addresses[:PAIRS]:
        await _login(server, client, address, known)
        await _login(server, client, f"{new_id().hex}@example.com", unknown)
    return known, unknown


async def _login(server: Server, client: httpx.AsyncClient, email: str, cost: _Cost) -> None:
    network = new_id().hex[-8:]
    here = {"X-Forwarded-For": f"2001:db8:{network[:4]}:{network[4:]}::1"}
    body = {"email": email, "password": "not the password"}
    cpu_s, began = _cpu_s_of(server.http_pid), time.perf_counter()
    answer = await client.post("auth/login", json=body, headers=here)
    cost.wall_s.append(time.perf_counter() - began)
    cost.cpu_s.append(_cpu_s_of(server.http_pid) - cpu_s)
    if answer.status_code != httpx.codes.UNAUTHORIZED:
        raise RuntimeError(answer.text)


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
