"""Look up the VAT ids of buyers before their orders are placed, outside of transactions."""

from collections.abc import Awaitable, Callable

from veza.core.vat_ids import VatIdCheck, VatIdState
from veza.domains.marketplace.orders.errors import VatIdUnknown
from veza.domains.marketplace.orders.rules.taxes import read_billing
from veza.domains.marketplace.taxes.models import BillingDetails
from veza.domains.marketplace.taxes.rules import is_in_eu
from veza.infra.vat_ids.directory import VatIdDirectory


async def check_vat_id(
    directory: VatIdDirectory | None,
    billing: BillingDetails | None,
    *,
    is_placed: Callable[[], Awaitable[bool]],
) -> VatIdCheck | None:
    """Look up the VAT id of a buyer in the EU; None if there is none, or no directory.

    Nothing is asked for an order that an earlier attempt placed, with what it found. If the
    directory can't tell, the form of the id counts. Raises Invalid if that is wrong, and
    VatIdUnknown if there is no such id.
    """
    known = read_billing(billing)
    if directory is None or known is None or known.vat_id is None or not is_in_eu(known.country):
        return None
    if await is_placed():
        return None
    check = await directory.look_up(known.vat_id)
    if check.state is VatIdState.INVALID:
        raise VatIdUnknown
    return check
