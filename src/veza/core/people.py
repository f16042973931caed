"""Shows people in lists: the columns that a statement selects, and what is made of them.

A member's display name and picture are kept in `users`, so that a list needs no further join for
them. A row has one column for both: `appearance("u")`.
"""

from uuid import UUID

from msgspec import Struct

# Paths for URLs in what all viewers share, as lists that are encoded once.
API_PATH = "/api/v1"
PROFILES_PATH = f"{API_PATH}/profiles"
IMAGES_PATH = f"{API_PATH}/images"


class Appearance(Struct, frozen=True, array_like=True):
    """The column `appearance`: the chosen name, if any, and the id of the picture, if any."""

    display_name: str | None = None
    avatar_id: str | None = None


NO_APPEARANCE = Appearance()


def appearance(user: str) -> str:
    """Return the column, without a name, that is read as an `Appearance`, of an alias of `users`.

    Of a member who is missing, as after a `left join`, both values are null.
    """
    return f"array[{user}.display_name, {user}.avatar_id::text]"


def person_fields(user: str) -> str:
    """Return the fields of a member for `jsonb_build_object`, as `NamedMember` has them."""
    return f"""'id', {user}.id, 'username', {user}.username,
        'display_name', coalesce({user}.display_name, {user}.username),
        'handle', {user}.username, 'avatar_url', {_avatar_url(user)}"""


def person_columns(user: str) -> str:
    """Return the columns of a member, with the names of the fields of `NamedMember`."""
    return f"""{user}.id, {user}.username,
        coalesce({user}.display_name, {user}.username) as display_name,
        {user}.username as handle, {_avatar_url(user)} as avatar_url"""


def avatar_url(profile_id: UUID, avatar_id: object) -> str | None:
    """Return the path of a picture, which changes with the picture; None without one."""
    if avatar_id is None:
        return None
    return f"{PROFILES_PATH}/{profile_id}/avatar?version={avatar_id}"


def _avatar_url(user: str) -> str:
    return f"'{PROFILES_PATH}/' || {user}.id || '/avatar?version=' || {user}.avatar_id"
