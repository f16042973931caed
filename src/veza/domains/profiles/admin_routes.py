"""Staff verify profiles, and take the mark back."""

from uuid import UUID

from litestar import Router, delete, post
from litestar.params import FromPath

from veza.core.access import Access
from veza.core.ids import ProfileId
from veza.domains.profiles import errors
from veza.domains.profiles.models.profiles import Profile
from veza.domains.profiles.service import profiles as service
from veza.http.dependencies import Tx


@post(
    "/admin/profiles/{profile_id:uuid}/verify",
    access=Access.ADMIN,
    scope=None,
    status_code=200,
    errors=[errors.ProfileNotFound],
)
async def verify_profile(profile_id: FromPath[UUID], tx: Tx) -> Profile:
    """Mark a profile as verified. Others can't take its name, or one that looks like it.

    Another name or handle ends the verification.
    """
    return await service.verify(tx, ProfileId(profile_id))


@delete(
    "/admin/profiles/{profile_id:uuid}/verify",
    access=Access.ADMIN,
    scope=None,
    status_code=200,
    errors=[errors.ProfileNotFound],
)
async def unverify_profile(profile_id: FromPath[UUID], tx: Tx) -> Profile:
    """Take the mark of a verified profile back."""
    return await service.unverify(tx, ProfileId(profile_id))


router = Router("/", route_handlers=[verify_profile, unverify_profile], tags=["admin"])
