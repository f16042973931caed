"""Profiles are locked after their account, in which their name and picture are kept for lists."""

from collections.abc import Collection
from uuid import UUID

from veza.core.ids import ImageId, ProfileId, ReleaseId, UserId
from veza.core.normalize import normalize_identifier
from veza.core.takedowns import takedown_column
from veza.core.visibility import active, blocked
from veza.domains.images.models import PicturedItem
from veza.domains.profiles.models.pictures import StoredAvatar
from veza.domains.profiles.models.profiles import (
    ProfileDetails,
    StoredOwnedPage,
    StoredOwnProfile,
    StoredProfile,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where

COLUMNS = f"""
           p.id, p.kind, p.handle, p.display_name, u.bio as text, p.place, p.contact,
           p.avatar_alt, p.links, p.link_checks, p.musicbrainz_id, p.pinned_release_id,
           p.tdm_reserved,
           p.avatar_id, p.banner_id, b.palette as banner_palette,
           p.verified_at is not null as is_verified,
           p.placeholder_of is not null as is_placeholder, p.created_at,
           u.owner_bio as owner_text, p.owner_texts,
           {takedown_column("profile", "p", "owner_texts is not null")}
"""
FROM = """
      from profiles p
      join users u on u.id = p.id
      left join images b on b.id = p.banner_id
"""
_SELECT = f"select {COLUMNS} {FROM}"

_GIVEN_TEXTS = """
    jsonb_build_object('place', :place::text, 'contact', :contact::text, 'links', :links::jsonb,
                       'avatar_alt', :avatar_alt::text)
"""


def role_of(member: str, profile: str) -> str:
    """Return the expression of a member's role, by the aliases of `profile_members` and `profiles`.

    An owner of the label may do what a manager may in a placeholder: its money is the artist's.
    """
    return f"""case when {profile}.placeholder_of is not null and {member}.role = 'owner'
                     then 'manager' else {member}.role end"""


async def find_profile(
    conn: Conn, profile_id: ProfileId, viewer_id: UserId | None
) -> StoredProfile | None:
    """Return a profile that the viewer may see."""
    return await _find(conn, Where("p.id = {}", profile_id), viewer_id)


async def find_by_handle(conn: Conn, handle: str, viewer_id: UserId | None) -> StoredProfile | None:
    """Return the profile with this handle, if the viewer may see it."""
    key = normalize_identifier(handle)
    return await _find(conn, Where("p.handle_key = {}", key), viewer_id)


async def _find(conn: Conn, where: Where, viewer_id: UserId | None) -> StoredProfile | None:
    where.add(active("u"))
    if viewer_id is not None:
        where.add(f"not {blocked(where.bind(viewer_id), 'u.id')}")
    return await conn.maybe(StoredProfile, f"{_SELECT} {where.sql}", *where.values)


async def find_any(conn: Conn, profile_id: ProfileId) -> StoredProfile | None:
    """Return a profile, also of a suspended member."""
    return await conn.maybe(StoredProfile, f"{_SELECT} where p.id = $1", profile_id)


async def find_id(conn: Conn, handle: str) -> ProfileId | None:
    """Return the id of a profile, also of a suspended member."""
    sql = "select id from profiles where handle_key = $1"
    return await conn.value(ProfileId, sql, normalize_identifier(handle))


async def list_of_member(conn: Conn, user_id: UserId) -> list[StoredOwnProfile]:
    """Return the profiles that a member has a role in, the personal one first.

    Pages that are suspended are left out.
    """
    sql = f"""
        select {COLUMNS}, coalesce({role_of("m", "p")}, 'owner') as role
        {FROM}
          left join profile_members m on m.profile_id = p.id and m.user_id = $1
         where p.id in (select $1::uuid
                         union all
                        select o.profile_id from profile_members o where o.user_id = $1)
           and (p.id = $1 or {active("u")})
         order by p.id <> $1, p.id
         limit 1000
    """
    return await conn.all(StoredOwnProfile, sql, user_id)


async def list_owned_pages(conn: Conn, user_id: UserId) -> list[StoredOwnedPage]:
    """Return the pages that an account owns, alone or with others."""
    sql = f"""
        select {COLUMNS}, exists (
                   select from profile_members o
                    where o.profile_id = p.id and o.role = 'owner' and o.user_id <> $1) as is_shared
        {FROM}
          join profile_members m on m.profile_id = p.id and m.user_id = $1 and m.role = 'owner'
         order by p.id
         limit 1000
    """
    return await conn.all(StoredOwnedPage, sql, user_id)


async def lock_profile(tx: Tx, profile_id: ProfileId) -> None:
    """Lock the account of a profile, then the profile: in the order of a change of username."""
    sql = """
        select u.id
          from users u
         where u.id = (select id from profiles where id = $1)
           for no key update
    """
    await tx.value(UUID, sql, profile_id)
    await tx.value(UUID, "select id from profiles where id = $1 for no key update", profile_id)


def _unless_taken_down(given: str, taken_down: str) -> str:
    return f"case when owner_texts is null then {given} else {taken_down} end"


async def update_taken_down(tx: Tx, profile_id: ProfileId) -> None:
    """Empty the texts of a profile, and keep them. `updated_at` stays, as nothing is new."""
    sql = """
        update profiles
           set owner_texts = jsonb_build_object('place', place, 'contact', contact, 'links', links,
                                                'avatar_alt', avatar_alt),
               place = '', contact = '', avatar_alt = '', links = '[]'
         where id = $1 and owner_texts is null
    """
    await tx.run(sql, profile_id)


async def update_restored(tx: Tx, profile_id: ProfileId) -> None:
    """Give a profile back the texts that its owner chose."""
    sql = """
        update profiles
           set place = owner_texts ->> 'place', contact = owner_texts ->> 'contact',
               avatar_alt = coalesce(owner_texts ->> 'avatar_alt', ''),
               links = owner_texts -> 'links', owner_texts = null
         where id = $1 and owner_texts is not null
    """
    await tx.run(sql, profile_id)


async def update_texts_gone(tx: Tx, profile_id: ProfileId) -> None:
    """Forget texts that are taken down for good."""
    await tx.run("update profiles set owner_texts = null where id = $1", profile_id)


async def update_details(tx: Tx, profile_id: ProfileId, details: ProfileDetails) -> None:
    """Update what the owner edits, but for the text. Another name is not verified any more.

    Texts that are taken down stay empty, and are kept as the owner wants them.
    """
    sql = f"""
        update profiles
           set verified_at = case when display_name is not distinct from :display_name
                                  then verified_at end,
               display_name = :display_name,
               place = {_unless_taken_down(":place::text", "''")},
               contact = {_unless_taken_down(":contact::text", "''")},
               avatar_alt = {_unless_taken_down(":avatar_alt::text", "''")},
               links = {_unless_taken_down(":links::jsonb", "'[]'")},
               owner_texts = {_unless_taken_down("null", _GIVEN_TEXTS)},
               musicbrainz_id = :musicbrainz_id, pinned_release_id = :pinned_release_id,
               tdm_reserved = :tdm_reserved,
               updated_at = now()
         where id = :id
    """
    await tx.run(*bind(sql, details, id=profile_id))


async def update_display_name(tx: Tx, profile_id: ProfileId, display_name: str) -> None:
    sql = "update profiles set display_name = $2, updated_at = now() where id = $1"
    await tx.run(sql, profile_id, display_name)


async def lock_own_release(tx: Tx, profile_id: ProfileId, release_id: ReleaseId) -> bool:
    """Return whether the release is one of the profile, and keep it from being deleted."""
    sql = "select id from releases where id = $2 and owner_id = $1 for key share"
    return await tx.value(UUID, sql, profile_id, release_id) is not None


async def update_avatar(tx: Tx, profile_id: ProfileId, image_id: ImageId | None) -> None:
    sql = "update profiles set avatar_id = $2, updated_at = now() where id = $1"
    await tx.run(sql, profile_id, image_id)


async def update_avatar_undescribed(tx: Tx, profile_id: ProfileId) -> None:
    """Forget what the former picture showed, also while the texts are taken down."""
    sql = """
        update profiles
           set avatar_alt = '', owner_texts = owner_texts - 'avatar_alt'
         where id = $1
    """
    await tx.run(sql, profile_id)


async def update_banner(tx: Tx, profile_id: ProfileId, image_id: ImageId | None) -> None:
    sql = "update profiles set banner_id = $2, updated_at = now() where id = $1"
    await tx.run(sql, profile_id, image_id)


async def find_pictured(conn: Conn, content_id: UUID, column: str) -> PicturedItem | None:
    """Return the profile that has a picture, by the id of the profile or of the picture.

    `column` is `avatar_id` or `banner_id`.
    """
    sql = f"""
        select id, id as owner_id, coalesce(display_name, handle) as title,
               {column} as image_id
          from profiles
         where (id = $1 or {column} = $1) and {column} is not null
    """
    return await conn.maybe(PicturedItem, sql, content_id)


async def update_verified(tx: Tx, profile_id: ProfileId, skeletons: Collection[str]) -> None:
    """Mark a profile as verified, and protect the names that have one of the skeletons."""
    sql = """
        update profiles
           set verified_at = coalesce(verified_at, now()), skeletons = $2, updated_at = now()
         where id = $1
    """
    await tx.run(sql, profile_id, sorted(skeletons))


async def update_unverified(tx: Tx, profile_id: ProfileId) -> None:
    sql = """
        update profiles
           set verified_at = null, skeletons = '{}', updated_at = now()
         where id = $1
    """
    await tx.run(sql, profile_id)


async def find_avatar(
    conn: Conn, profile_id: ProfileId, viewer_id: UserId | None
) -> StoredAvatar | None:
    """Return the data for serving the picture of a profile, if the viewer may see it."""
    where = Where(f"p.id = {{}} and {active('u')}", profile_id)
    if viewer_id is not None:
        where.add(f"not {blocked(where.bind(viewer_id), 'u.id')}")
    sql = f"""
        select i.id, i.size_bytes, i.small_bytes, i.created_at, p.tdm_reserved as is_reserved
          from profiles p
          join users u on u.id = p.id
          join images i on i.id = p.avatar_id
        {where.sql}
    """
    return await conn.maybe(StoredAvatar, sql, *where.values)


async def delete_of_account(tx: Tx, account_id: UserId) -> None:
    await tx.run("delete from profiles where id = $1", account_id)
