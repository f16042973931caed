"""Returns what a report of a profile, or of its pictures, stores."""

from functools import partial
from uuid import UUID

from veza.core.access import Member
from veza.core.ids import ProfileId
from veza.domains.contributions import FindEvidence
from veza.domains.profiles import rules
from veza.domains.profiles.models.profiles import ProfileEvidence
from veza.domains.profiles.queries import profiles as queries
from veza.infra.postgres.database import Conn


async def _find(conn: Conn, profile_id: UUID, viewer: Member) -> ProfileEvidence | None:
    stored = await queries.find_profile(conn, ProfileId(profile_id), viewer.id)
    return stored and rules.evidence_of(stored)


async def _find_picture(
    column: str, conn: Conn, content_id: UUID, viewer: Member
) -> ProfileEvidence | None:
    """Return the profile that shows a picture, by its id or that of the picture."""
    found = await queries.find_pictured(conn, content_id, column)
    if found is None:
        return None
    stored = await queries.find_profile(conn, ProfileId(found.id), viewer.id)
    return stored and rules.evidence_of(stored, found.image_id)


EVIDENCE: dict[str, FindEvidence] = {
    "profile": _find,
    "avatar": partial(_find_picture, "avatar_id"),
    "banner": partial(_find_picture, "banner_id"),
}
