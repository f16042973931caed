"""The services that clips are made and read by."""

from msgspec import Struct

from veza.domains.live.service.context import LiveContext
from veza.domains.platform.uploads.service import Uploads
from veza.infra.postgres.database import Database


class ClipContext(Struct, frozen=True):
    """The services that clips are made and read by."""

    database: Database
    uploads: Uploads
    live: LiveContext
