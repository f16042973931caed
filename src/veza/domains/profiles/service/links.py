"""Links of profiles are verified: the page behind a link has to link back to the profile.

The mark is that of the link alone. It proves who writes that page, which anybody can have, and not
who somebody is: a profile is verified by the staff.
"""

import math
from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import Allowance
from veza.core.ids import ProfileId
from veza.core.normalize import normalize_identifier
from veza.core.profiles import Right
from veza.domains.profiles import rules
from veza.domains.profiles.errors import LinkChecksLimited
from veza.domains.profiles.models.links import LinkOutcome, ProfileLink, VerifyLinks, WantedLinks
from veza.domains.profiles.models.profiles import Profile, StoredProfile
from veza.domains.profiles.queries import links as queries
from veza.domains.profiles.queries import profiles as profile_queries
from veza.domains.profiles.service.members import ensure_may
from veza.infra.foreign_http.pages import WebPages
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Conn, Tx
from veza.infra.valkey.client import WindowCounters

# Of one profile, in a day.
MAX_CHECKS = 10
# Of all profiles, in an hour: in a week 33,000.
MAX_DUE = 200
_DAY_S = 24 * 3600


class LinkReader(Struct, frozen=True):
    """The reader of pages, and the addresses of this site: of the front-end, and of the server."""

    pages: WebPages
    bases: Collection[str]


async def ask(tx: Tx, counters: WindowCounters, profile_id: ProfileId, member: Member) -> Profile:
    """Enqueue a check of the links of a profile that the caller manages; return the profile.

    Raises ProfileNotFound, NotYourProfile and LinkChecksLimited.
    """
    stored, _ = await ensure_may(tx, profile_id, member, Right.MANAGE)
    window = await counters.add(f"link-checks:{profile_id}", _DAY_S)
    if window.count > MAX_CHECKS:
        wait_s = max(1, math.ceil(window.ends_in_s))
        raise LinkChecksLimited(retry_after=wait_s, allowance=Allowance(MAX_CHECKS, _DAY_S))
    if rules.as_written(stored).links:
        await _enqueue(tx, profile_id)
    return rules.show_to_owner(stored)


async def find_wanted(
    conn: Conn, bases: Collection[str], profile_id: ProfileId
) -> WantedLinks | None:
    """Return what to read for a profile; None if it is gone or hidden."""
    stored = await profile_queries.find_profile(conn, profile_id, None)
    if stored is None:
        return None
    key = normalize_identifier(stored.handle)
    names = [key, *await queries.list_former_handles(conn, profile_id)]
    urls = dict.fromkeys(link.url for link in rules.as_written(stored).links)
    addresses = rules.list_addresses(bases, names, profile_id)
    return WantedLinks(profile_id, key, list(urls), addresses)


async def store_outcomes(tx: Tx, wanted: WantedLinks, outcomes: Mapping[str, LinkOutcome]) -> None:
    """Store what was found. After a change of the handle, another check finds it."""
    await profile_queries.lock_profile(tx, wanted.profile_id)
    stored = await profile_queries.find_any(tx, wanted.profile_id)
    if stored is None or normalize_identifier(stored.handle) != wanted.handle_key:
        return
    at = now()
    checks = rules.update_checks(stored, outcomes, at)
    is_due_again = any(each.verified_at is not None for each in checks)
    await queries.update_checks(tx, wanted.profile_id, checks, at if is_due_again else None)


async def forget_checks(tx: Tx, stored: StoredProfile, links: Sequence[ProfileLink]) -> None:
    """Delete the checks of links that a profile has no more."""
    kept = rules.keep_checks(stored, links)
    if len(kept) < len(stored.link_checks):
        await queries.update_kept_checks(tx, stored.id, kept)


async def check_renamed(tx: Tx, profile_id: ProfileId) -> None:
    """Enqueue a check of links that were verified under another handle."""
    stored = await profile_queries.find_any(tx, profile_id)
    if stored is None:
        return
    key = normalize_identifier(stored.handle)
    if any(each.verified_at and each.handle_key != key for each in stored.link_checks):
        await _enqueue(tx, profile_id)


async def enqueue_due(tx: Tx) -> None:
    """Enqueue the weekly check of verified links, of `MAX_DUE` profiles at most."""
    ids = await queries.lock_due(tx, limit=MAX_DUE)
    await queries.update_due(tx, ids)
    for profile_id in ids:
        await _enqueue(tx, profile_id)


async def _enqueue(tx: Tx, profile_id: ProfileId) -> None:
    key = f"verify-links:{profile_id}"
    await enqueue(tx, VerifyLinks(profile_id), key=key, also_while_running=True)
