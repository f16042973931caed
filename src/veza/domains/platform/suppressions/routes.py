"""Mailboxes and mail providers post reports; members see whether their address gets mail."""

from litestar import Router, get, post

from veza.core.access import Access
from veza.core.errors import TooLarge
from veza.domains.platform.suppressions import errors, service
from veza.domains.platform.suppressions.models import OwnSuppression, ReceivedReports
from veza.http.dependencies import AnyRequest, Conn, database_of, viewer_of
from veza.http.services import service_of


@post(
    "/webhooks/mail",
    status_code=200,
    credentials="ignored",
    goes_on=True,
    needs_space=False,
    errors=[errors.WrongMailSecret, errors.UnreadableReport, TooLarge],
)
async def receive_mail_report(request: AnyRequest) -> ReceivedReports:
    """Receive a bounce or a complaint about a mail from here, with `X-Mail-Secret`.

    As `message/rfc822` the mail that reports it (RFC 3464 or RFC 5965), which needs the signed
    token of the mail; as JSON `{"events": [{"type", "recipient", "status", "message_id"}]}`.
    """
    headers = request.headers
    context = service_of(request, service.MailReportContext)
    body = await request.body()
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    async with database_of(request).transaction() as tx:
        return await service.receive(
            tx,
            context,
            secret=headers.get("x-mail-secret", ""),
            media_type=media_type,
            body=body,
        )


@get("/users/me/mail", access=Access.USER, right=None, scope=None)
async def show_own_mail(request: AnyRequest, conn: Conn) -> OwnSuppression:
    """Get whether mail to your address is held back, as it was refused or complained of."""
    return await service.show_own(conn, viewer_of(request).id)


router = Router("/", route_handlers=[receive_mail_report, show_own_mail], tags=["mail"])
