"""Whoever is erased while something of theirs is under way is told so, whatever it is."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

import httpx
import pytest

from tests import make
from tests.architecture.source import ensure_none
from tests.contract.bodies import fitting_body, write
from tests.contract.world import (
    CLOSES,
    ENDS_ACCESS,
    Things,
    list_operations,
    make_things,
    names_in,
)
from tests.infra.waiting import until
from tests.raw import borrowed
from tests.support.references import read_document
from veza.app.domains import PERSONAL_DATA
from veza.app.services import Services
from veza.core.access import Role
from veza.core.ids import UserId
from veza.domains.marketplace.ledger import queries as ledger
from veza.domains.marketplace.orders.queries import personal_data as orders
from veza.domains.marketplace.payouts import queries as transfers
from veza.domains.marketplace.payouts.service import transfers as transfer_service
from veza.infra.postgres.database import Tx

_DOCUMENT = read_document()
_CHANGING = {
    operation["operationId"]: (method, path, operation)
    for method, path, operation in list_operations(_DOCUMENT)
    if method != "GET" and operation.get("security")
}
_COUNT_WAITING = """
    select count(*) from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock'
"""
# So many changes are asked for at once beside an erasure, each on a connection of its own.
_AT_ONCE = 6


def _batches() -> list[list[str]]:
    """List what is asked for at once, of which no two are beside each other in the document.

    What would end the access of the others, or close the server to them, is asked for alone.
    """
    alone = [name for name in _CHANGING if name in ENDS_ACCESS or name in CLOSES]
    others = [name for name in _CHANGING if name not in alone]
    count = -(-len(others) // _AT_ONCE)
    return [[name] for name in alone] + [others[start::count] for start in range(count)]


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait for the outcome of a transfer, which no worker settles here."""
    monkeypatch.setattr(transfer_service, "RETRY_POLLS", 1)


# Each of these meets it at another place: at its record, its row, its session, its words.
_SOME = ("set_flag", "change_preferences", "become_creator", "suspend_user", "add_comment")


@pytest.mark.parametrize("name", _SOME)
async def test_a_change_beside_ones_own_erasure_is_made_or_refused(
    name: str, services: Services, client: httpx.AsyncClient
) -> None:
    await _leave_meanwhile([name], services, client, is_own=False)


@pytest.mark.long
@pytest.mark.usefixtures("open_again")
@pytest.mark.parametrize("is_own", [True, False], ids=["own", "others"])
@pytest.mark.parametrize("names", _batches(), ids="+".join)
async def test_any_change_beside_ones_own_erasure_is_made_or_refused(
    names: list[str], is_own: bool, services: Services, client: httpx.AsyncClient
) -> None:
    await _leave_meanwhile(names, services, client, is_own=is_own)


async def _leave_meanwhile(
    names: Sequence[str], services: Services, client: httpx.AsyncClient, *, is_own: bool
) -> None:
    """Erase an admin while they change some things; each change is answered."""
    leaving = await make.person(services, Role.ADMIN)
    named = {name: names_in(*_CHANGING[name][1:], _DOCUMENT) for name in names}
    if is_own:
        own = await make_things(services, leaving, "public", set().union(*named.values()))
        things = dict.fromkeys(names, own)
    else:
        # They are not erased: what one change does to them, another would meet.
        things = {name: await _make_of_another(services, named[name]) for name in names}
    async with services.database.transaction() as tx:
        await _erase(tx, leaving.id)
        asking = {
            name: asyncio.create_task(_ask(client, leaving, name, things[name])) for name in names
        }
        await until(lambda: _are_done_or_wait(services, asking.values()))
    answers = {name: await task for name, task in asking.items()}
    ensure_none(
        f"{name}: {answer.status_code} {answer.text}"
        for name, answer in answers.items()
        if answer.status_code >= 500 and answer.status_code != 503
    )


async def _make_of_another(services: Services, names: set[str]) -> Things:
    owner = await make.person(services, Role.CREATOR)
    return await make_things(services, owner, "public", names)


async def _ask(
    client: httpx.AsyncClient, caller: make.Person, name: str, things: Things
) -> httpx.Response:
    method, path, operation = _CHANGING[name]
    body = fitting_body(operation, _DOCUMENT, things)
    return await client.request(
        method,
        f"http://veza.test{path.format(**things)}",
        content=write(body) if body else None,
        headers=caller.headers | ({"Content-Type": "application/json"} if body else {}),
    )


async def _are_done_or_wait(services: Services, asking: Iterable[asyncio.Task[Any]]) -> bool:
    async with borrowed(services) as raw:
        waiting: int = await raw.fetchval(_COUNT_WAITING)
    return waiting >= sum(not task.done() for task in asking)


async def _erase(tx: Tx, user_id: UserId) -> None:
    """Erase somebody, though money is due to them."""
    for name, part in PERSONAL_DATA.items():
        match name:
            case "transfers":
                await transfers.update_erased(tx, user_id)
            case "orders":
                await orders.update_buyer_gone(tx, user_id)
                await orders.update_seller_gone(tx, user_id)
                await orders.delete_licences(tx, user_id)
            case "ledger":
                await ledger.delete_subject(tx, user_id)
            case _:
                await part.erase(tx, user_id)
