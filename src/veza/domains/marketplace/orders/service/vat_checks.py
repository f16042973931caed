"""Look up the VAT ids of buyers before their orders are placed, outside of transactions."""

from veza.core.ids import OrderId
from veza.domains.marketplace.orders.errors import VatIdUnknown
from veza.domains.marketplace.orders.queries import checkout as queries
from veza.domains.marketplace.orders.rules.taxes import read_billing
from veza.domains.marketplace.taxes.models import BillingDetails
from veza.domains.marketplace.taxes.rules import is_in_eu
from veza.infra.postgres.database import Database
from veza.infra.vat_ids.directory import VatIdCheck, VatIdDirectory, VatIdState


async def check_vat_id(
    directory: VatIdDirectory | None, billing: BillingDetails | None
) -> VatIdCheck | None:
    """Look up the VAT id of a buyer in the EU; None if there is none, or no directory.

    If the directory can't tell, the form of the id counts. Raises Invalid if that is wrong, and
    VatIdUnknown if there is no such id.
    """
    known = read_billing(billing)
    if directory is None or known is None or known.vat_id is None or not is_in_eu(known.country):
        return None
    check = await directory.look_up(known.vat_id)
    if check.state is VatIdState.INVALID:
        raise VatIdUnknown
    return check


async def keep_check(database: Database, order_id: OrderId, check: VatIdCheck | None) -> None:
    """Keep with a placed order what was found."""
    if check is not None:
        await database.transact(
            lambda tx: queries.update_vat_check(tx, order_id, check), recorded=False
        )
