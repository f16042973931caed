"""The pages that music players ask for, 500 items each: CPU time of server and PostgreSQL."""

import tempfile
from pathlib import Path
from urllib.parse import urlencode

import asyncpg
from msgspec import structs

from bench.filling import analyze, create_data, fill
from bench.load import Request
from bench.plan import Plan, Topic
from bench.ratios import Case, Result, Sample, compute_ratio
from bench.server import Launch, Server, running_server
from veza.core.ids import UserId
from veza.domains.auth.app_passwords import service as app_passwords
from veza.domains.auth.app_passwords.models import AppPasswordForm

_SCRIPT = Path(__file__).with_name("players.sql")
# Enough that the tables of other topics exist.
_FEW = 400
_FAR = 50_000
_MEMBER = "member00002"
_PLAIN = Request("/api/v1/tracks?limit=20")
_ORDERS = ("newest", "frequent", "highest", "alphabeticalByName", "alphabeticalByArtist")
_PAGES: dict[str, tuple[str, dict[str, object]]] = {
    "getArtists": ("getArtists", {}),
    "getGenres": ("getGenres", {}),
    **{
        f"getAlbumList2 {order}, {'first' if not offset else 'far'} page": (
            "getAlbumList2",
            {"type": order, "size": 500, "offset": offset},
        )
        for order in _ORDERS
        for offset in (0, _FAR)
    },
    **{
        f"search3 {kind}s, {'first' if not offset else 'far'} page": (
            "search3",
            {"query": '""', "artistCount": 0, "albumCount": 0, "songCount": 0}
            | {f"{kind}Count": 500, f"{kind}Offset": offset},
        )
        for kind, far in (("artist", 4_000), ("album", _FAR), ("song", 90_000))
        for offset in (0, far)
    },
}


async def run(plan: Plan) -> list[Result]:
    """Measure each page, one connection at a time."""
    sizes = structs.replace(plan.sizes, posts=_FEW, products=_FEW)
    with tempfile.TemporaryDirectory(prefix="veza-bench-") as scratch:
        folder = Path(scratch) / "data"
        await create_data(folder)
        async with running_server(Launch(folder)) as server:
            await fill(server.addresses.migration, server.superuser_url, sizes)
            await fill_players(server)
            credentials = await create_credentials(server)
            return [
                await _measure(plan, server, name, _request(credentials, *page))
                for name, page in _PAGES.items()
            ]


async def fill_players(server: Server) -> None:
    """Give tracks files, and put half of them on releases."""
    connection = await asyncpg.connect(server.addresses.migration)
    try:
        await connection.execute(_SCRIPT.read_text())
    finally:
        await connection.close()
    await analyze(server.addresses.migration)


async def create_credentials(server: Server) -> dict[str, object]:
    """Return the parameters by which a player signs in."""
    services = server.services
    async with services.database.transaction(recorded=False) as tx:
        user_id = await tx.value(UserId, "select id from users where username = $1", _MEMBER)
        assert user_id is not None
        made = await app_passwords.create_password(
            tx, services.live.encryptor, user_id, AppPasswordForm("bench")
        )
    return {"u": _MEMBER, "p": made.app_password, "c": "bench", "v": "1.16.1", "f": "json"}


def _request(credentials: dict[str, object], name: str, given: dict[str, object]) -> Request:
    return Request(f"/rest/{name}?{urlencode(credentials | given)}")


async def _measure(plan: Plan, server: Server, name: str, request: Request) -> Result:
    """Return the CPU time of a page in ms, beside that of a plain list in the same round."""
    pages: list[Sample] = []
    plains: list[Sample] = []
    for number in range(plan.rounds + 1):
        page = await server.measure(request, seconds=plan.seconds, connections=1)
        plain = await server.measure(_PLAIN, seconds=plan.seconds, connections=1)
        if number > 0:
            pages.append(structs.replace(page, value=(page.total_cpu_us or 0) / 1000))
            plains.append(structs.replace(plain, value=(plain.total_cpu_us or 0) / 1000))
    case = Case(
        topic="players",
        name=name,
        reference="20 tracks without credentials",
        unit="ms of CPU",
        is_lower_better=True,
    )
    return compute_ratio(case, pages, plains)


TOPIC = Topic("players", run, is_compared=False)
