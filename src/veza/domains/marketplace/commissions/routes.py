"""Routes of buyers and sellers: list and show commissions, and take steps in them."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from veza.core import pages
from veza.core.access import Access
from veza.core.activities import Activity
from veza.core.filenames import attachment
from veza.core.ids import FileSnapshotId, OrderItemId
from veza.core.profiles import Right
from veza.domains.cloud.blobs import service as blobs
from veza.domains.cloud.files.errors import FileNotFound
from veza.domains.marketplace.commissions import errors
from veza.domains.marketplace.commissions.models import (
    Commission,
    CommissionPage,
    CommissionQuery,
    CommissionRole,
    CommissionStatus,
    EntryForm,
    Party,
    ReasonForm,
    ServedFile,
    Step,
)
from veza.domains.marketplace.commissions.service import steps, takedowns, views
from veza.domains.platform.text_filters.errors import TextRefused
from veza.domains.platform.text_filters.service import TextFilters
from veza.http.dependencies import AnyRequest, Conn, Tx, database_of, viewer_of
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.responses.ranges import FileMetadata, StoredFile, serve_object
from veza.http.security.signed_urls import urls_of
from veza.http.services import service_of

_BYTES = "application/octet-stream"
_REFUSED = [errors.CommissionNotFound, errors.StepNotAllowed, errors.CommissionPaused]
_REFUSED_WORDS = [
    *_REFUSED,
    errors.TooManyEntries,
    errors.TooManyCommissionFiles,
    FileNotFound,
    TextRefused,
]
_PATH = "/commissions/{commission_id:uuid}"

_Role = Annotated[
    CommissionRole,
    QueryParameter(description="`buyer` for what you ordered, `seller` for what you make."),
]


@get("/commissions", access=Access.USER, scope=None, errors=[pages.BadCursor])
async def list_commissions(
    request: AnyRequest,
    conn: Conn,
    role: _Role,
    status: FromQuery[CommissionStatus | None] = None,
    limit: PageLimit = 20,
    cursor: CursorText = None,
) -> CommissionPage:
    """List the services that you ordered, or that you make for others, newest first."""
    after = read_cursor(cursor)
    before = after and OrderItemId(after.id)
    query = CommissionQuery(Party(role), status, limit, before)
    return await views.list_commissions(conn, viewer_of(request), query)


@get(_PATH, access=Access.USER, scope=None, errors=[errors.CommissionNotFound])
async def show_commission(
    request: AnyRequest, commission_id: FromPath[UUID], conn: Conn
) -> Commission:
    """Get a commission with all that happened. Its id is that of the line of the order.

    `steps` are what you can do now. Staff sees commissions that were disputed.
    """
    return await _show(request, conn, commission_id)


@post(
    f"{_PATH}/brief",
    access=Access.USER,
    activity=Activity.MESSAGE,
    scope=None,
    status_code=200,
    errors=_REFUSED_WORDS,
)
async def send_brief(
    request: AnyRequest, commission_id: FromPath[UUID], data: JSONBody[EntryForm], tx: Tx
) -> Commission:
    """Say what you would like to have made, and send what is needed for it: the work begins.

    From now on the days until the delivery count. Without a brief within 30 days you get the money
    back.
    """
    return await _say(request, commission_id, Step.BRIEF, data=data, tx=tx)


@post(
    f"{_PATH}/messages",
    access=Access.USER,
    activity=Activity.MESSAGE,
    scope=None,
    status_code=200,
    errors=_REFUSED_WORDS,
)
async def send_commission_message(
    request: AnyRequest, commission_id: FromPath[UUID], data: JSONBody[EntryForm], tx: Tx
) -> Commission:
    """Write to the other party, with files if needed."""
    return await _say(request, commission_id, Step.MESSAGE, data=data, tx=tx)


@post(
    f"{_PATH}/deliveries",
    access=Access.USER,
    activity=Activity.MESSAGE,
    scope=None,
    status_code=200,
    errors=_REFUSED_WORDS,
)
async def send_delivery(
    request: AnyRequest, commission_id: FromPath[UUID], data: JSONBody[EntryForm], tx: Tx
) -> Commission:
    """Send what you made to its buyer, who accepts it, or asks for a revision.

    Without an answer it is accepted after seven days.
    """
    return await _say(request, commission_id, Step.DELIVER, data=data, tx=tx)


@post(f"{_PATH}/accept", access=Access.USER, scope=None, status_code=200, errors=_REFUSED)
async def accept_delivery(request: AnyRequest, commission_id: FromPath[UUID], tx: Tx) -> Commission:
    """Accept what was delivered: its seller is paid. You can't ask for a refund any more."""
    await steps.accept(tx, OrderItemId(commission_id), viewer_of(request))
    return await _show(request, tx, commission_id)


@post(
    f"{_PATH}/revision",
    access=Access.USER,
    activity=Activity.MESSAGE,
    scope=None,
    status_code=200,
    errors=[*_REFUSED_WORDS, errors.NoRevisionLeft],
)
async def ask_for_revision(
    request: AnyRequest, commission_id: FromPath[UUID], data: JSONBody[EntryForm], tx: Tx
) -> Commission:
    """Say what should be different in a delivery. The days until the next one count from now."""
    return await _say(request, commission_id, Step.REVISE, data=data, tx=tx)


@post(
    f"{_PATH}/cancel",
    access=Access.USER,
    activity=Activity.MESSAGE,
    scope=None,
    status_code=200,
    errors=[*_REFUSED, TextRefused],
)
async def cancel_commission(
    request: AnyRequest, commission_id: FromPath[UUID], data: JSONBody[ReasonForm], tx: Tx
) -> Commission:
    """Cancel a commission: its buyer gets all money back.

    The seller can until it is accepted. The buyer can before the brief is sent, when a delivery is
    a week late, and when the seller is gone; while the seller works, this asks them to cancel.
    """
    member = viewer_of(request)
    screening = service_of(request, TextFilters).screen(member, data, "words")
    entry_id = await steps.cancel(tx, OrderItemId(commission_id), member, data.words)
    await screening.report(tx, takedowns.CONTENT_TYPE, entry_id)
    return await _show(request, tx, commission_id)


@post(
    f"{_PATH}/dispute",
    access=Access.USER,
    activity=Activity.MESSAGE,
    scope=None,
    status_code=200,
    errors=_REFUSED_WORDS,
)
async def dispute_delivery(
    request: AnyRequest, commission_id: FromPath[UUID], data: JSONBody[EntryForm], tx: Tx
) -> Commission:
    """Have staff decide about a delivery: it reads everything here, and refunds you, or not."""
    return await _say(request, commission_id, Step.DISPUTE, data=data, tx=tx)


@get(
    f"{_PATH}/files/{{file_id:uuid}}",
    access=Access.USER,
    scope=None,
    produces=_BYTES,
    partial=True,
    errors=[errors.CommissionNotFound, errors.CommissionFileNotFound],
)
async def download_commission_file(
    request: AnyRequest, commission_id: FromPath[UUID], file_id: FromPath[UUID]
) -> Response[Any]:
    """Download a file of a commission, as it was when it was sent."""
    place = OrderItemId(commission_id), FileSnapshotId(file_id)
    async with database_of(request).read() as conn:
        file = await views.open_file(conn, *place, viewer_of(request))
    storage = service_of(request, blobs.BlobStorage).storage
    key = blobs.object_key(file.blob_id)
    return await serve_object(
        request, _facts(file), StoredFile(storage, key, errors.CommissionFileNotFound)
    )


async def _say(
    request: AnyRequest, commission_id: UUID, step: Step, *, data: EntryForm, tx: Tx
) -> Commission:
    member = viewer_of(request)
    screening = service_of(request, TextFilters).screen(member, data, "words")
    entry_id = await steps.say(tx, OrderItemId(commission_id), member, step, data)
    await screening.report(tx, takedowns.CONTENT_TYPE, entry_id)
    return await _show(request, tx, commission_id)


async def _show(request: AnyRequest, conn: Conn, commission_id: UUID) -> Commission:
    viewer, urls = viewer_of(request), urls_of(request)
    return await views.get_commission(conn, OrderItemId(commission_id), viewer, urls)


def _facts(file: ServedFile) -> FileMetadata:
    return FileMetadata(
        size=file.size_bytes,
        # Saved: no browser may run a member's file under our origin.
        content_type=_BYTES,
        etag=file.sha256,
        modified=file.stored_at,
        cache_control="private, no-cache",
        disposition=attachment(file.name),
    )


router = Router(
    "/",
    route_handlers=[
        list_commissions,
        show_commission,
        send_brief,
        send_commission_message,
        send_delivery,
        accept_delivery,
        ask_for_revision,
        cancel_commission,
        dispute_delivery,
        download_commission_file,
    ],
    tags=["marketplace"],
    opt={"right": Right.SELL},
)
