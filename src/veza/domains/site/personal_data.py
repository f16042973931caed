"""The logo of the site is an image of the admin who uploaded it, and goes with them."""

from veza.core.ids import UserId
from veza.domains.site import queries
from veza.domains.site.events import SITE_CHANGED
from veza.domains.site.models import SiteLogoData
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.revisions import announce

# Tables that contain a member's id, directly or through another table.
TABLES = ("site_profile",)


async def export(conn: Conn, user_id: UserId) -> SiteLogoData:
    """Return whether the logo of the site is an image of the member."""
    return SiteLogoData(await queries.has_logo_of(conn, user_id))


async def erase(tx: Tx, user_id: UserId) -> None:
    """Take the logo away, before the image is erased with all others of the member."""
    if await queries.delete_logo_of(tx, user_id):
        await announce(tx, SITE_CHANGED, "profile")
