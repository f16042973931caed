"""Buyers ask what a cart costs."""

from litestar import Router, post
from litestar.params import JSONBody

from veza.core.access import Access
from veza.core.profiles import Right
from veza.domains.auth.accounts.service.login_context import LoginContext
from veza.domains.marketplace.discounts.service import limiting_guesses
from veza.domains.marketplace.orders.errors import CART_ERRORS
from veza.domains.marketplace.quotes import service
from veza.domains.marketplace.quotes.models import CartQuote, QuoteForm
from veza.http.dependencies import AnyRequest, client_of, database_of, visitor_of
from veza.http.services import service_of


@post(
    "/marketplace/quotes",
    access=Access.OPTIONAL,
    scope=None,
    status_code=200,
    errors=list(CART_ERRORS),
)
async def make_quote(request: AnyRequest, data: JSONBody[QuoteForm]) -> CartQuote:
    """Get what an order of these products would cost now, and why: nothing is placed.

    It has the prices and refusals of `POST /marketplace/orders`, but tells which products you own.
    Without credentials the limit of a code for each buyer is not known yet. Where an order would be
    refused for want of a country, `needs_country` says so.
    """
    buyer, ip = visitor_of(request), client_of(request).address
    attempts = service_of(request, LoginContext).attempts
    async with (
        limiting_guesses(attempts, buyer, ip, code=data.discount_code),
        database_of(request).read() as conn,
    ):
        return await service.make_quote(conn, buyer, data)


router = Router("/", route_handlers=[make_quote], tags=["marketplace"], opt={"right": Right.MONEY})
