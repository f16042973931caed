"""Decides who may watch a stream: rules in Python beside conditions in SQL.

Rooms, notifications and lists of streams use these conditions; a property test compares them.
"""

from enum import StrEnum

from veza.core.visibility import active, blocked, has_tier


class StreamAudience(StrEnum):
    """The people who may watch a stream; all but the first two have to sign in or unlock it."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    FOLLOWERS = "followers"
    MEMBERS = "members"
    BUYERS = "buyers"
    PASSWORD = "password"  # noqa: S105 - a kind of audience
    NAMED = "named"


def is_stream_open(audience: StreamAudience) -> bool:
    """Return whether everybody who knows its address may watch a stream."""
    return audience in {StreamAudience.PUBLIC, StreamAudience.UNLISTED}


def open_stream(stream: str) -> str:
    """Return the condition of `is_stream_open`."""
    return f"{stream}.audience in ('public', 'unlisted')"


def in_audience(stream: str, viewer: str) -> str:
    """Return the condition that a viewer belongs to the audience of an active owner's stream.

    `viewer` is a column or placeholder with an id, null for visitors. Who is suspended, or on
    either side of a block with the owner, watches nothing but what is open. Visitors who know a
    password have a ticket instead.
    """
    row = f"sg.stream_id = {stream}.id and sg.user_id = {viewer}"
    guest = f"select from stream_guests sg where {row}"
    return f"""(
        {open_stream(stream)}
        or exists (select from users sv where sv.id = {viewer} and {active("sv")})
           and not {blocked(viewer, f"{stream}.owner_id")}
           and case {stream}.audience
               when 'followers' then exists (
                   select from follows sf
                    where sf.follower_id = {viewer} and sf.followed_id = {stream}.owner_id)
               when 'members' then {stream}.tier_id is not null
                   and {has_tier(viewer, f"{stream}.owner_id", f"{stream}.tier_id")}
               when 'buyers' then exists (
                   select from licences sl
                    where sl.buyer_id = {viewer} and sl.product_id = {stream}.product_id)
               when 'password' then exists (
                   {guest} and sg.password_version = {stream}.password_version
                       and sg.expires_at > now())
               when 'named' then exists ({guest} and sg.is_named)
               else false end)
    """  # noqa: S608 - of the code


def listed_stream(stream: str, viewer: str) -> str:
    """Return the condition that lists show an active owner's stream: not by its address alone."""
    return f"""(
        {stream}.audience = 'public'
        or {stream}.audience not in ('unlisted', 'password')
           and ({stream}.owner_id = {viewer} or {in_audience(stream, viewer)}))
    """
