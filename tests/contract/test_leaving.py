"""Whoever is erased while something of theirs is under way is told so, whatever it is."""

import asyncio
from typing import Any

import httpx
import pytest

from tests import make
from tests.contract.bodies import fitting_body, write
from tests.contract.world import Things, list_operations, make_things, names_in
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
_IS_SOMEBODY_WAITING = """
    select exists (select from pg_stat_activity
                    where datname = current_database() and wait_event_type = 'Lock')
"""


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
    await _leave_meanwhile(name, services, client, is_own=False)


@pytest.mark.long
@pytest.mark.usefixtures("open_again")
@pytest.mark.parametrize("is_own", [True, False], ids=["own", "others"])
@pytest.mark.parametrize("name", _CHANGING)
async def test_any_change_beside_ones_own_erasure_is_made_or_refused(
    name: str, is_own: bool, services: Services, client: httpx.AsyncClient
) -> None:
    await _leave_meanwhile(name, services, client, is_own=is_own)


async def _leave_meanwhile(
    name: str, services: Services, client: httpx.AsyncClient, *, is_own: bool
) -> None:
    """Have an admin be erased while they change something, and be answered."""
    leaving = await make.person(services, Role.ADMIN)
    owner = leaving if is_own else await make.person(services, Role.CREATOR)
    _, path, operation = _CHANGING[name]
    names = names_in(path, operation, _DOCUMENT)
    things = await make_things(services, owner, "public", names)
    request = _ask(client, leaving, name, things)
    async with services.database.transaction() as tx:
        await _erase(tx, leaving.id)
        asking = asyncio.create_task(request)
        await until(lambda: _is_done_or_waits(services, asking))
    answer = await asking
    assert answer.status_code < 500 or answer.status_code == 503, answer.text


def _ask(client: httpx.AsyncClient, caller: make.Person, name: str, things: Things) -> Any:
    method, path, operation = _CHANGING[name]
    body = fitting_body(operation, _DOCUMENT, things)
    return client.request(
        method,
        f"http://veza.test{path.format(**things)}",
        content=write(body) if body else None,
        headers=caller.headers | ({"Content-Type": "application/json"} if body else {}),
    )


async def _is_done_or_waits(services: Services, asking: asyncio.Task[Any]) -> bool:
    if asking.done():
        return True
    async with borrowed(services) as raw:
        return await raw.fetchval(_IS_SOMEBODY_WAITING)


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
