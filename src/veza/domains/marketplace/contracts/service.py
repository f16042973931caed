"""Issue the contracts of licences, and create their PDFs once."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from veza.core.clock import now
from veza.core.errors import required
from veza.core.ids import OrderId, OrderItemId, UserId
from veza.domains.marketplace.contracts import queries, rules
from veza.domains.marketplace.contracts.errors import ContractNotFound
from veza.domains.marketplace.contracts.models import LicenceContract, LicenceSale
from veza.domains.marketplace.invoices.service import InvoiceDocuments, find_pdf, keep_pdf
from veza.domains.marketplace.orders.models.guests import Opener
from veza.domains.marketplace.orders.rules.access import ensure_may_open
from veza.domains.marketplace.sellers import service as sellers
from veza.domains.marketplace.sellers.models import StoredSellerProfile
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.storage.deletion import DeleteFolders
from veza.infra.typesetting.typesetter import typeset

_TEMPLATE = Path(__file__).with_name("contract.typ")


async def find_bought(
    conn: Conn, order_id: OrderId, item_id: OrderItemId, opener: Opener
) -> LicenceSale:
    """Return the licence of a line to anybody who may open its order.

    Raises ContractNotFound, OrderNotFound and MailedLinkNeeded.
    """
    sale = required(await queries.find_sale(conn, item_id), ContractNotFound)
    if sale.order_id != order_id:
        raise ContractNotFound
    ensure_may_open(sale.order_id, sale.buyer_id, opener)
    return sale


async def find_sold(conn: Conn, item_id: OrderItemId, seller_id: UserId) -> LicenceSale:
    """Return the licence of a line to its seller. Raises ContractNotFound."""
    sale = await queries.find_sale(conn, item_id)
    if sale is None or sale.seller_id != seller_id:
        raise ContractNotFound
    return sale


async def issue_contracts(tx: Tx, order_id: OrderId) -> None:
    """Issue the contracts of a paid order, with both parties as they are now."""
    for sale in await queries.list_sales(tx, order_id):
        await _issue(tx, sale)


async def open_contract(
    database: Database, documents: InvoiceDocuments, sale: LicenceSale
) -> bytes:
    """Return the PDF of a contract; issues and creates it the first time.

    Raises TypesetterUnavailable.
    """
    key = rules.contract_key(sale.order_id, sale.item_id)
    stored = await find_pdf(documents, key)
    if stored is not None:
        return stored
    async with database.transaction(recorded=False) as tx:
        contract = await _issue(tx, sale)

    async def is_buyer_named() -> bool:
        async with database.read() as conn:
            return await queries.is_buyer_named(conn, contract)

    texts = msgspec.json.encode(rules.print_contract(contract))
    pdf = await typeset(documents.typesetter, _TEMPLATE, texts, moment=contract.issued_at)
    return await keep_pdf(documents, key, pdf, is_buyer_named=is_buyer_named)


async def forget_buyers(tx: Tx, order_ids: Sequence[OrderId]) -> None:
    """Remove the buyers' names from the contracts of orders."""
    if await queries.update_buyers_gone(tx, order_ids):
        await enqueue(
            tx, DeleteFolders([rules.contract_folder(order_id) for order_id in order_ids])
        )


async def _issue(tx: Tx, sale: LicenceSale) -> LicenceContract:
    """Return the contract of a sale, which is issued once."""
    issued = await queries.find_contract(tx, sale.item_id)
    if issued is not None:
        return issued
    seller_id = sale.seller_id
    # An erased seller has no profile.
    profile = await sellers.get_profile(tx, seller_id) if seller_id else StoredSellerProfile()
    contract = LicenceContract(
        item_id=sale.item_id,
        order_id=sale.order_id,
        seller_subject=sale.seller_subject,
        buyer_subject=sale.buyer_subject,
        language=sale.language,
        issued_at=now(),
        data=rules.make_content(sale, profile),
    )
    await queries.insert_contract(tx, contract)
    # A separate statement sees what another transaction has issued first.
    return required(await queries.find_contract(tx, sale.item_id), ContractNotFound)
