"""Names, lines and links are cleaned before they are stored; hosts of links are domain names."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import unquote, urlsplit

from msgspec import UNSET, UnsetType, structs

from veza.core.display_names import clean_display_name, clean_line
from veza.core.host_names import normalize_domain
from veza.core.ids import ImageId, ProfileId
from veza.core.languages import Language
from veza.core.normalize import normalize_identifier
from veza.core.palettes import read_palette
from veza.core.people import API_PATH, IMAGES_PATH, avatar_url
from veza.core.profiles import ProfileRole
from veza.core.structs import copy_fields, merge
from veza.core.takedowns import show_taken_down
from veza.core.web_links import read_link
from veza.domains.auth.accounts.models import show_named_member
from veza.domains.profiles.models.invitations import ReceivedInvitation, StoredInvitation
from veza.domains.profiles.models.links import LinkCheck, LinkOutcome, ProfileLink, ShownLink
from veza.domains.profiles.models.members import (
    FormerMember,
    ProfileMember,
    StoredFormerMember,
    StoredProfileMember,
)
from veza.domains.profiles.models.profiles import (
    OwnProfile,
    Profile,
    ProfileChange,
    ProfileDetails,
    ProfileEvidence,
    StoredProfile,
)
from veza.domains.profiles.models.roster import RosterEntry, StoredRosterEntry

# As mails call the roles; the web application has words of its own.
ROLE_WORDS = {
    Language.ENGLISH: {
        ProfileRole.OWNER: "Owner",
        ProfileRole.MANAGER: "Manager",
        ProfileRole.EDITOR: "Editor",
        ProfileRole.UPLOADER: "Uploader",
        ProfileRole.MODERATOR: "Moderator",
        ProfileRole.FINANCE: "Finance",
    },
    Language.GERMAN: {
        ProfileRole.OWNER: "Inhaber",
        ProfileRole.MANAGER: "Manager",
        ProfileRole.EDITOR: "Redaktion",
        ProfileRole.UPLOADER: "Upload",
        ProfileRole.MODERATOR: "Moderation",
        ProfileRole.FINANCE: "Finanzen",
    },
    Language.FRENCH: {
        ProfileRole.OWNER: "Propriétaire",
        ProfileRole.MANAGER: "Manager",
        ProfileRole.EDITOR: "Rédaction",
        ProfileRole.UPLOADER: "Publication",
        ProfileRole.MODERATOR: "Modération",
        ProfileRole.FINANCE: "Finances",
    },
    Language.SPANISH: {
        ProfileRole.OWNER: "Propietario",
        ProfileRole.MANAGER: "Mánager",
        ProfileRole.EDITOR: "Redacción",
        ProfileRole.UPLOADER: "Publicación",
        ProfileRole.MODERATOR: "Moderación",
        ProfileRole.FINANCE: "Finanzas",
    },
}
# So long a link stays verified whose page can't be read.
_AWAY_KEPT = timedelta(days=30)


def hash_claim(token: str) -> bytes:
    """Return the stored form of the token of a claim. With 256 random bits a hash is enough."""
    return hashlib.sha256(token.encode(errors="replace")).digest()


def show_profile(stored: StoredProfile) -> Profile:
    """Return a profile as everybody sees it."""
    banner_id = stored.banner_id
    return Profile(
        id=stored.id,
        kind=stored.kind,
        handle=stored.handle,
        display_name=stored.display_name or stored.handle,
        text=stored.text,
        place=stored.place,
        contact=stored.contact,
        links=[
            ShownLink(each.url, each.label, _is_verified(stored, each)) for each in stored.links
        ],
        avatar_url=avatar_url(stored.id, stored.avatar_id),
        avatar_alt=stored.avatar_alt,
        banner_url=None if banner_id is None else f"{IMAGES_PATH}/{banner_id}",
        banner_palette=read_palette(stored.banner_palette),
        musicbrainz_id=stored.musicbrainz_id,
        pinned_release_id=stored.pinned_release_id,
        tdm_reserved=stored.tdm_reserved,
        verified=stored.is_verified,
        verified_site=_find_verified_site(stored),
        placeholder=stored.is_placeholder,
        created_at=stored.created_at,
    )


def as_written(stored: StoredProfile) -> StoredProfile:
    """Return a profile with the texts of its owner, whether or not they are taken down."""
    if stored.owner_texts is None:
        return stored
    texts = structs.asdict(stored.owner_texts)
    return structs.replace(stored, text=stored.owner_text or "", **texts)


def show_to_owner(stored: StoredProfile) -> Profile:
    """Return a profile as its owner sees it: with the checks of its links.

    If its texts are taken down, they are there, with the reason.
    """
    written = as_written(stored)
    return structs.replace(
        show_profile(written),
        links=[_show_checked(written, each) for each in written.links],
        taken_down=show_taken_down(stored.taken_down, API_PATH),
    )


def show_own(stored: StoredProfile, role: ProfileRole) -> OwnProfile:
    """Return a profile as a member with a role in it sees it."""
    return OwnProfile(**structs.asdict(show_to_owner(stored)), role=role)


def evidence_of(stored: StoredProfile, image_id: ImageId | None = None) -> ProfileEvidence:
    """Return what a report of a profile stores; `image_id` is the picture that it is about."""
    return copy_fields(
        ProfileEvidence,
        stored,
        author_id=stored.account_id,
        username=stored.handle,
        display_name=stored.display_name or stored.handle,
        links=[link.url for link in stored.links],
        image_id=image_id,
    )


def show_received(stored: StoredInvitation) -> ReceivedInvitation:
    """Return an invitation as the member who is invited sees it."""
    shown = show_profile(stored)
    return ReceivedInvitation(stored.invitation_id, shown, stored.role, stored.expires_at)


def show_entry(stored: StoredRosterEntry) -> RosterEntry:
    """Return an entry of a roster with the profile on its other side."""
    shown = show_profile(stored)
    return RosterEntry(stored.entry_id, shown, stored.scope, stored.is_accepted)


def show_member(stored: StoredProfileMember, *, is_inside: bool) -> ProfileMember:
    """Return a member of a profile; only other members see the role."""
    person = show_named_member(stored.user_id, stored.username, stored.appearance)
    return ProfileMember(
        **structs.asdict(person),
        role=stored.role if is_inside else None,
        is_shown=stored.is_shown,
        joined_at=stored.joined_at,
    )


def show_former_member(stored: StoredFormerMember) -> FormerMember:
    """Return a former member of a profile."""
    person = show_named_member(stored.user_id, stored.username, stored.appearance)
    fields = structs.asdict(person)
    return FormerMember(**fields, joined_at=stored.joined_at, left_at=stored.left_at)


def list_addresses(
    bases: Collection[str], names: Collection[str], profile_id: ProfileId
) -> frozenset[str]:
    """Return the addresses of a profile's page, in the form of `normalize_address`.

    `bases` are the addresses of the site, `names` the handles that lead to the profile.
    """
    paths = [f"/artists/{profile_id}"]
    paths += [f"{place}{name}" for place in ("/@", "/artists/") for name in names]
    found = (normalize_address(f"{base}{path}") for base in bases for path in paths)
    return frozenset(each for each in found if each is not None)


def normalize_address(url: str) -> str | None:
    """Return host, port and path of a web address in the form in which they are compared.

    None if it is no web address. The scheme and the query make no difference, nor do a slash at the
    end and the case of letters, as in handles.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return None
    host = normalize_domain(parts.hostname)
    shown_port = "" if port in {None, 80, 443} else f":{port}"
    return f"{host}{shown_port}{normalize_identifier(unquote(parts.path)).rstrip('/')}"


def is_of_site(url: str, bases: Collection[str]) -> bool:
    """Return whether a link leads to the site itself, which proves nothing about its author."""
    hosts = {urlsplit(base).hostname for base in bases}
    return urlsplit(url).hostname in hosts


def update_checks(
    stored: StoredProfile, outcomes: Mapping[str, LinkOutcome], at: datetime
) -> list[LinkCheck]:
    """Return the checks of a profile's links after another one, with its outcome by URL.

    Links that were not checked keep their last check, unless the handle was another one.
    """
    key = normalize_identifier(stored.handle)
    former = {each.url: each for each in stored.link_checks if each.handle_key == key}
    checks: list[LinkCheck] = []
    for url in dict.fromkeys(link.url for link in as_written(stored).links):
        before, outcome = former.get(url), outcomes.get(url)
        if outcome is not None:
            verified_at = _find_verified_at(before, outcome, at)
            checks.append(LinkCheck(url, key, outcome, at, verified_at))
        elif before is not None:
            checks.append(before)
    return checks


def keep_checks(stored: StoredProfile, links: Sequence[ProfileLink]) -> list[LinkCheck]:
    """Return the checks of those URLs that a profile still has after a change of its links."""
    kept = {link.url for link in links}
    return [each for each in stored.link_checks if each.url in kept]


def _find_verified_at(
    before: LinkCheck | None, outcome: LinkOutcome, at: datetime
) -> datetime | None:
    if outcome is LinkOutcome.FOUND:
        return at
    seen = None if before is None else before.verified_at
    is_kept = outcome is LinkOutcome.AWAY and seen is not None and at - seen <= _AWAY_KEPT
    return seen if is_kept else None


def _find_check(stored: StoredProfile, link: ProfileLink) -> LinkCheck | None:
    """Return the last check of a link, unless it was made under another handle."""
    key = normalize_identifier(stored.handle)
    found = (each for each in stored.link_checks if each.url == link.url)
    return next((each for each in found if each.handle_key == key), None)


def _is_verified(stored: StoredProfile, link: ProfileLink) -> bool:
    check = _find_check(stored, link)
    return check is not None and check.verified_at is not None


def _find_verified_site(stored: StoredProfile) -> str | None:
    """Return the host of the first home page that links back, with its port unless it is usual.

    Other pages don't count: below `/name`, the host would be that of somebody else.
    """
    for link in stored.links:
        parts = urlsplit(link.url)
        is_home = parts.path in {"", "/"} and not parts.query
        if is_home and _is_verified(stored, link):
            return parts.netloc.removeprefix("www.")
    return None


def _show_checked(stored: StoredProfile, link: ProfileLink) -> ShownLink:
    check, is_verified = _find_check(stored, link), _is_verified(stored, link)
    if check is None:
        return ShownLink(link.url, link.label, is_verified)
    return ShownLink(link.url, link.label, is_verified, check.outcome, check.checked_at)


def change_details(stored: StoredProfile, change: ProfileChange) -> ProfileDetails:
    """Return the fields of a profile after a change. Raises Invalid for what can't be shown."""
    return merge(ProfileDetails, as_written(stored), clean_change(change))


def clean_change(change: ProfileChange) -> ProfileChange:
    """Return a change with clean texts. Raises Invalid."""
    return ProfileChange(
        display_name=change.display_name and clean_display_name(change.display_name),
        text=_clean_text(change.text),
        place=change.place and clean_line(change.place, "place"),
        contact=change.contact and clean_line(change.contact, "contact"),
        avatar_alt=change.avatar_alt and clean_line(change.avatar_alt, "avatar_alt"),
        links=change.links and [_clean_link(link, at) for at, link in enumerate(change.links)],
        musicbrainz_id=change.musicbrainz_id,
        pinned_release_id=change.pinned_release_id,
        tdm_reserved=change.tdm_reserved,
    )


def _clean_text(text: str | UnsetType) -> str | UnsetType:
    """Return a text of several lines; each is checked as a line is."""
    if isinstance(text, UnsetType):
        return UNSET
    for line in text.splitlines():
        clean_line(line.replace("\t", " "), "text")
    return text


def _clean_link(link: ProfileLink, place: int) -> ProfileLink:
    field = f"links[{place}].url"
    url = clean_line(link.url, field)
    return ProfileLink(read_link(url, field), clean_line(link.label, f"links[{place}].label"))
