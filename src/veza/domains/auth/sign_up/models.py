"""Sign-up by mode, proofs of work, newcomers who wait, and invitations."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import InvitationId, UserId
from veza.core.sign_up_mode import SignUpMode
from veza.domains.auth.accounts.models import NamedMember, RegistrationForm

SignUpMessage = Annotated[
    str,
    Meta(
        max_length=1000,
        description="For the staff, in the mode `approval`: why you would like to join.",
        examples=["I record field sounds in Brittany."],
    ),
]
InvitationCode = Annotated[
    str,
    Meta(
        max_length=100,
        description="The code of an invitation, in the mode `invitation`.",
        examples=[None],
    ),
]
InvitationUses = Annotated[
    int,
    Meta(ge=1, le=100, description="How many may use it; one, if members invite.", examples=[1]),
]
InvitationDays = Annotated[
    int, Meta(ge=1, le=365, description="For how many days it works.", examples=[14])
]


class ProofSolution(Struct, frozen=True):
    """A solved challenge.

    SHA-256 of the challenge, a colon and the solution begins with `bits` zero bits.
    """

    challenge: Annotated[str, Meta(max_length=100)]
    solution: Annotated[str, Meta(min_length=1, max_length=64)]


class SignUpForm(RegistrationForm, frozen=True):
    """The fields of a registration, and what the mode of the server asks for besides."""

    message: SignUpMessage | None = None
    invitation: InvitationCode | None = None
    proof: Annotated[ProofSolution | None, Meta(examples=[None])] = None


class ProofChallenge(Struct, frozen=True):
    """A challenge for a proof of work, which works once.

    Find a text so that SHA-256 of the challenge, a colon and that text begins with `bits` zero
    bits.
    """

    challenge: str
    bits: int
    expires_at: datetime


class SignUpState(Struct, frozen=True):
    """The mode of sign-up and its requirements; `proof` is None while no proof is needed."""

    mode: SignUpMode
    message_required: bool
    invitation_required: bool
    proof: ProofChallenge | None


class WaitingAccount(Struct, frozen=True):
    """An account that was created, and can sign in once staff has accepted it."""

    id: UserId
    username: str
    awaiting_approval: bool


class SignUpModeChange(Struct, frozen=True):
    """The new mode."""

    mode: SignUpMode


class SignUpPolicy(Struct, frozen=True):
    """The mode, when an admin chose it (None: by the settings), and how many newcomers wait."""

    mode: SignUpMode
    changed_at: datetime | None
    waiting_count: int


class StoredPolicy(Struct, frozen=True):
    """The mode that an admin chose."""

    mode: SignUpMode
    changed_at: datetime


class SignUpRequest(Struct, frozen=True):
    """A newcomer who waits for approval, and what they wrote."""

    user_id: UserId
    username: str
    email: str
    email_verified: bool
    message: str
    created_at: datetime


class SignUpRequestPage(Struct, frozen=True):
    """A page of the newcomers who wait, the longest waiting first."""

    requests: list[SignUpRequest]
    next_cursor: str | None
    has_more: bool


class SignUpDecision(Struct, frozen=True):
    """The newcomer, and whether they were accepted."""

    user_id: UserId
    accepted: bool


class InvitationForm(Struct, frozen=True):
    """A new invitation."""

    max_uses: InvitationUses = 1
    days: InvitationDays = 14


class Invitation(Struct, frozen=True):
    """An invitation: its code, how often it was used, and its end."""

    id: InvitationId
    code: str
    uses: int
    max_uses: int
    created_at: datetime
    expires_at: datetime


class AdminInvitation(Invitation, frozen=True):
    """An invitation as staff sees it: with the member who created it."""

    created_by: UserId
    username: str


class InvitationPage(Struct, frozen=True):
    """A page of your invitations, newest first.

    `left` is how many you may create at present: None for staff, without a fixed number.
    """

    invitations: list[Invitation]
    next_cursor: str | None
    has_more: bool
    left: int | None


class AdminInvitationPage(Struct, frozen=True):
    """A page of all invitations, newest first."""

    invitations: list[AdminInvitation]
    next_cursor: str | None
    has_more: bool


class UsedInvitation(Struct, frozen=True):
    """The inviter of an invitation that a newcomer used."""

    created_by: UserId


class InvitedMember(NamedMember, frozen=True):
    """A member who was invited, and when they joined."""

    invited_at: datetime


class InvitationHistory(Struct, frozen=True):
    """A member, their inviter, and the newest hundred members whom they invited."""

    member: NamedMember
    invited_by: NamedMember | None
    invited: list[InvitedMember]


class SignUpData(Struct, frozen=True):
    """The personal data of sign-up: the own message, invitations, and who came by them."""

    message: str | None
    invited_by: NamedMember | None
    invitations: Sequence[Invitation]
    invited: Sequence[InvitedMember]
