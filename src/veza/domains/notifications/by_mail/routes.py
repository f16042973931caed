"""Mails of a kind are ended by a signed link, without signing in, and switched on again."""

from typing import Any

from litestar import Response, Router, get, post, put
from litestar.params import FromPath, JSONBody

from veza.domains.notifications.by_mail import service
from veza.domains.notifications.by_mail.errors import MailLinkNotFound
from veza.domains.notifications.by_mail.models import MailSubscription, MailSubscriptionForm
from veza.domains.platform.mail.service import SiteMailer
from veza.http.dependencies import AnyRequest, Conn, Tx
from veza.http.services import service_of
from veza.http.web_app.pages import render_app

# It also works during maintenance: mail programs don't ask twice.
_PAGE: dict[str, Any] = {"include_in_schema": False, "credentials": "ignored", "goes_on": True}


@get(
    "/mail-subscriptions/{token:str}",
    credentials="ignored",
    errors=[MailLinkNotFound],
)
async def show_mail_subscription(
    request: AnyRequest, token: FromPath[str], conn: Conn
) -> MailSubscription:
    """Get the kind of mails that the link in a mail is about, and whether they arrive."""
    return await service.show_subscription(conn, service_of(request, SiteMailer), token)


@put(
    "/mail-subscriptions/{token:str}",
    credentials="ignored",
    errors=[MailLinkNotFound],
)
async def change_mail_subscription(
    request: AnyRequest, token: FromPath[str], data: JSONBody[MailSubscriptionForm], tx: Tx
) -> MailSubscription:
    """Switch the mails of the link in a mail off, or on again. The token is all it needs."""
    return await service.change_subscription(tx, service_of(request, SiteMailer), token, data)


@get("/{token:str}", sync_to_thread=False, **_PAGE)
def show_unsubscribe_page(request: AnyRequest) -> Response[bytes]:
    """Show the page of a link, which ends mails of its kind by a script, and offers to undo it."""
    return render_app(request)


@post("/{token:str}", status_code=200, **_PAGE)
async def unsubscribe(request: AnyRequest, token: FromPath[str], tx: Tx) -> Response[str]:
    """Switch mails of a kind off, as mail programs ask for (RFC 8058). The body says nothing."""
    mailer = service_of(request, SiteMailer)
    await service.change_subscription(tx, mailer, token, MailSubscriptionForm(is_on=False))
    return Response("", media_type="text/plain", headers={"cache-control": "no-store"})


router = Router(
    "/",
    route_handlers=[show_mail_subscription, change_mail_subscription],
    tags=["notifications"],
)

# Outside of the API, at the address that a mail names.
pages = Router("/unsubscribe", route_handlers=[show_unsubscribe_page, unsubscribe])
