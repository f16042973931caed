"""Refuses hidden profiles, names of verified ones, too many pages, and pages without an owner."""

from veza.core.errors import Conflict, Forbidden, NotFound, TooManyRequests


class ProfileNotFound(NotFound):
    """There is no such profile, or the caller may not see it."""

    code = "profile_not_found"
    message = "There is no such profile."


class PinnedReleaseNotFound(NotFound):
    """The release to pin does not exist, or belongs to somebody else."""

    code = "pinned_release_not_found"
    message = "There is no such release of this profile: pin one of its own."


class AvatarNotFound(NotFound):
    """The profile has no picture."""

    code = "avatar_not_found"
    message = "This profile has no picture."


class CreatorsOnly(Forbidden):
    """On this server staff decides who publishes; pages would get around that."""

    code = "creators_only"
    message = "Only creators can have a page: ask to become one first."


class TooManyPages(Conflict):
    """An account owns as many artists, bands and labels as the settings allow."""

    code = "too_many_pages"
    message = "This account owns as many artists, bands and labels as it may."


class PersonalProfile(Conflict):
    """A personal profile belongs to one account: it has no members."""

    code = "personal_profile"
    message = "A personal profile can't be shared: create an artist, a band or a label."


class ProfileMemberNotFound(NotFound):
    """The profile has no such member."""

    code = "profile_member_not_found"
    message = "This profile has no such member."


class LastOwner(Conflict):
    """A profile needs an owner who isn't suspended."""

    code = "last_owner"
    message = "This is the last owner: make another member one first, or delete the profile."


class ProfileInvitationNotFound(NotFound):
    """There is no such invitation, it has expired, or it is for somebody else."""

    code = "profile_invitation_not_found"
    message = "There is no such invitation, or it has expired: ask for another one."


class AlreadyProfileMember(Conflict):
    """The member has a role in the profile."""

    code = "already_profile_member"
    message = "This member belongs to the profile already: change their role instead."


class TooManyProfileInvitations(Conflict):
    """As many invitations to a profile are open as there may be."""

    code = "too_many_profile_invitations"
    message = "Too many invitations to this profile are open: withdraw some, or wait for answers."


class InvitationsLimited(TooManyRequests):
    """An account sent as many invitations to addresses as it may in an hour."""

    code = "invitations_limited"
    message = "You have sent many invitations by mail within an hour: wait a while."


class LinkChecksLimited(TooManyRequests):
    """The links of a profile were checked as often as they may be in a day."""

    code = "link_checks_limited"
    message = "The links of this profile were checked often today: try again tomorrow."


class LabelsOnly(Forbidden):
    """Only a label makes pages for others to claim."""

    code = "labels_only"
    message = "Only labels make pages for artists to claim: name yours in `X-Veza-Profile`."


class TooManyPlaceholders(Conflict):
    """A label runs as many pages that nobody claimed yet as it may."""

    code = "too_many_placeholders"
    message = "This label has many pages that nobody claimed yet: delete some, or wait."


class PlaceholderPage(Conflict):
    """A page that nobody claimed yet has the members of its label."""

    code = "placeholder_page"
    message = "Nobody claimed this page yet: its members are those of its label."


class ProfileClaimNotFound(NotFound):
    """There is no such claim, it has expired, or the page was claimed."""

    code = "profile_claim_not_found"
    message = "This link is no longer valid: ask the label for another one."


class OwnTransfer(Conflict):
    """A profile is handed to another member."""

    code = "own_transfer"
    message = "You can't hand a profile over to yourself."


class NotMergeable(Conflict):
    """The profiles can't become one: a person's, one that nobody claimed, or of other kinds."""

    code = "not_mergeable"
    message = (
        "Only an artist, a band or a label is merged, and a label only with a label; one that "
        "nobody claimed yet is not."
    )


class NotALabel(Conflict):
    """A roster belongs to a label, and has artists, bands and people."""

    code = "not_a_label"
    message = "Only labels have a roster, and no label is on it."


class AlreadyOnRoster(Conflict):
    """The artist is on the roster, or was asked."""

    code = "already_on_roster"
    message = "This artist is on the roster, or has not answered yet."


class TooManyOnRoster(Conflict):
    """A label has as many artists as it may."""

    code = "too_many_on_roster"
    message = "This label has as many artists as it may: remove one first."


class RosterEntryNotFound(NotFound):
    """The label has no such entry."""

    code = "roster_entry_not_found"
    message = "There is no such entry in the roster."
