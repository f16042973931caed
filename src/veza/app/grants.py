"""What the signatures of URLs let their callers at, who may have no token."""

from collections.abc import Callable
from functools import partial
from typing import Annotated
from uuid import UUID

from litestar.datastructures import State
from litestar.di import Provide
from litestar.params import FromPath, QueryParameter

from veza.app.services import LINK_PURPOSE, Services
from veza.core.ids import ExportId, GearDocumentId, ImageId, OrderId, ProductFileId, TrackId, UserId
from veza.domains.gear import service as gear
from veza.domains.images import service as images
from veza.domains.privacy import service as privacy
from veza.domains.purchases import service as purchases
from veza.domains.sellers import service as sellers
from veza.domains.shares import service as shares
from veza.domains.tracks import service as tracks
from veza.domains.tracks.models import Grant

_Expires = Annotated[int | None, QueryParameter(description="Until when `signature` holds.")]
_Signature = Annotated[
    str | None,
    QueryParameter(max_length=64, description="Lets a player in that can't send a token."),
]


def list_grants() -> dict[str, Provide]:
    """Say by which name a route is told what a signature lets its caller at."""
    providers = {
        "granted": _provide_granted,
        "image_granted": _provide_image_granted,
        "download_granted": _provide_download_granted,
        "share_granted": _provide_share_granted,
        "document_granted": _provide_document_granted,
        "export_granted": _provide_export_granted,
        "returning": _provide_returning,
    }
    return {name: Provide(give, sync_to_thread=False) for name, give in providers.items()}


def _provide_granted(
    track_id: FromPath[UUID], state: State, expires: _Expires = None, signature: _Signature = None
) -> bool:
    """Tell whether the signature of the URL lets the caller at the track's files."""
    grant = _read_grant(expires, signature)
    return tracks.is_granted(TrackId(track_id), grant, _is_signed(state))


def _provide_image_granted(
    image_id: FromPath[UUID], state: State, expires: _Expires = None, signature: _Signature = None
) -> bool:
    """Tell whether the signature of the URL lets the caller at the image."""
    grant = _read_grant(expires, signature)
    return images.is_granted(ImageId(image_id), grant, _is_signed(state))


def _provide_download_granted(
    order_id: FromPath[UUID],
    file_id: FromPath[UUID],
    state: State,
    expires: _Expires = None,
    signature: _Signature = None,
) -> bool:
    """Tell whether the signature of the URL lets the caller at a file of what was bought."""
    grant = _read_grant(expires, signature)
    return purchases.is_granted(OrderId(order_id), ProductFileId(file_id), grant, _is_signed(state))


def _provide_share_granted(
    token: FromPath[str], state: State, expires: _Expires = None, signature: _Signature = None
) -> bool:
    """Tell whether the signature of the URL lets the caller at what a protected link leads to."""
    grant = _read_grant(expires, signature)
    return shares.is_granted(token, grant, _is_signed(state))


def _provide_document_granted(
    document_id: FromPath[UUID],
    state: State,
    expires: _Expires = None,
    signature: _Signature = None,
) -> bool:
    """Tell whether the signature of the URL lets the caller at a document of their gear."""
    grant = _read_grant(expires, signature)
    return gear.is_granted(GearDocumentId(document_id), grant, _is_signed(state))


def _provide_export_granted(
    export_id: FromPath[UUID], state: State, expires: _Expires = None, signature: _Signature = None
) -> bool:
    """Tell whether the signature of the URL lets the caller at an export."""
    grant = _read_grant(expires, signature)
    return privacy.is_granted(ExportId(export_id), grant, _is_signed(state))


def _provide_returning(grant: FromPath[str], state: State) -> UserId | None:
    """Tell which seller comes back from the company that pays them, if we signed the address."""
    return sellers.find_returning(grant, _is_signed(state))


def _read_grant(expires: int | None, signature: str | None) -> Grant | None:
    return Grant(expires, signature) if expires is not None and signature is not None else None


def _is_signed(state: State) -> Callable[[str, str], bool]:
    services: Services = state.services
    return partial(services.keys.is_signed, LINK_PURPOSE)
