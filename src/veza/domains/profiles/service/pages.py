"""Pages are created by accounts, within a limit, under names that no verified profile has."""

from veza.core.access import Member, Role
from veza.core.display_names import clean_display_name
from veza.core.errors import Unauthenticated
from veza.core.ids import ProfileId, UserId, new_id
from veza.core.profiles import AccountsOnly, ProfileKind, ProfileRole
from veza.domains.auth.accounts.service import new_accounts
from veza.domains.auth.accounts.service.protected_names import ensure_unlike_verified
from veza.domains.profiles.errors import CreatorsOnly, TooManyPages
from veza.domains.profiles.models.profiles import OwnProfile, PageForm, PageSettings
from veza.domains.profiles.queries import members as queries
from veza.domains.profiles.queries import profiles as profile_queries
from veza.domains.profiles.service import members, profiles
from veza.infra.postgres.database import Tx


async def create_page(
    tx: Tx, settings: PageSettings, account: Member, form: PageForm
) -> OwnProfile:
    """Create an artist, a band or a label that the caller owns.

    Raises AccountsOnly to who acts as a profile, CreatorsOnly, TooManyPages, UsernameTaken,
    NameOfVerified, and Invalid for a name that can't be shown.
    """
    if account.acts_as is not None:
        raise AccountsOnly
    if settings.for_creators and account.role is Role.USER:
        raise CreatorsOnly
    await ensure_may_own(tx, settings, account.id)
    profile_id = await insert_page(tx, form)
    is_shown = members.is_shown_at_first(ProfileKind(form.kind))
    role = ProfileRole.OWNER
    await queries.insert_member(tx, profile_id, account.id, role=role, is_shown=is_shown)
    return await profiles.show_own(tx, profile_id, role)


async def insert_page(tx: Tx, form: PageForm) -> ProfileId:
    """Store a page without members.

    Raises UsernameTaken, NameOfVerified, and Invalid for a name that can't be shown.
    """
    name = form.display_name and clean_display_name(form.display_name)
    page_id = UserId(new_id())
    profile_id = ProfileId(page_id)
    await ensure_unlike_verified(tx, "handle", form.handle)
    if name is not None:
        await ensure_unlike_verified(tx, "display_name", name)
    await new_accounts.insert_page(tx, page_id, form.handle, form.kind)
    if name is not None:
        await profile_queries.update_display_name(tx, profile_id, name)
    return profile_id


async def ensure_may_own(tx: Tx, settings: PageSettings, account_id: UserId) -> None:
    """Lock an account that is to own another page. Raises TooManyPages."""
    if not await queries.lock_account(tx, account_id):
        # The access token is valid, but the account is gone or was just suspended.
        raise Unauthenticated
    if settings.most and await queries.count_owned(tx, account_id) >= settings.most:
        raise TooManyPages
