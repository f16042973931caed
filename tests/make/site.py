"""Makes the site as it is before anybody changes it."""

from veza.app.services import Services
from veza.domains.site.events import SITE_CHANGED
from veza.infra.postgres.revisions import announce

_NOTHING = (
    "update site_profile set name = null, description = null, accent = null, logo_id = null,"
    " terms = null, copyright = null, imprint = null, privacy = null, explicit = default,"
    " ai = default, changed_at = null"
)


async def plain_site(services: Services) -> None:
    """Take back the name, the logo, the colour and the texts of the site."""
    async with services.database.transaction(recorded=False) as tx:
        await tx.run(_NOTHING)
        await announce(tx, SITE_CHANGED, "profile")
