"""Steps and values that tests of sellers share."""

from tests.make import Person
from veza.app.services import Services
from veza.core.ids import new_id
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.ledger.models import (
    AccountKind,
    LedgerAccount,
    LedgerEntry,
    Posting,
    PostingKind,
)


async def balance_of(client, person):
    answer = await client.get("sell/balance", headers=person.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def earned(services: Services, seller: Person, cents: int, currency: str = "EUR") -> None:
    """Have a seller earn something."""
    await _post(services, seller, PostingKind.SALE, {AccountKind.EARNED: cents}, currency)


async def paid(services: Services, seller: Person, cents: int, currency: str = "EUR") -> None:
    """Have a seller paid what they earned."""
    moved = {AccountKind.EARNED: -cents, AccountKind.PAID: cents}
    await _post(services, seller, PostingKind.TRANSFER, moved, currency)


async def _post(
    services: Services,
    seller: Person,
    kind: PostingKind,
    moved: dict[AccountKind, int],
    currency: str,
) -> None:
    async with services.database.transaction() as tx:
        subject = await ledger.get_or_create_subject(tx, seller.id)
        entries = [
            LedgerEntry(LedgerAccount(account, currency, MoneyMode.TEST, subject), cents)
            for account, cents in moved.items()
        ]
        rest = -sum(moved.values())
        if rest:
            company = LedgerAccount(
                AccountKind.PAYMENTS, currency, MoneyMode.TEST, provider="sandbox"
            )
            entries.append(LedgerEntry(company, rest))
        await ledger.post(tx, Posting(kind, new_id(), entries))
