"""Purposes of mails, tokens of their links, and mails that were not delivered."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import JobId, ModerationActionId, UserId
from veza.core.languages import Language
from veza.domains.auth.accounts.models import Email, Identity, Password

LinkToken = Annotated[
    str,
    Meta(
        max_length=200,
        description="What stands behind `#token=` in the link of the mail.",
        examples=["kQ0T5bC3tV9l4Zb0o1rN8yXh2sWJd6uEaP7gMiFqLnY"],
    ),
]


class MailPurpose(StrEnum):
    """The purpose of a mail: an action, or a notice. Its template has the same name.

    Each contains a link but that of a decline; that of a notice is for members who did not do what
    it tells.
    """

    PASSWORD_RESET = "password_reset"  # noqa: S105 - a purpose
    EMAIL_VERIFICATION = "email_verification"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a purpose
    EMAIL_CHANGED = "email_changed"
    NEW_DEVICE = "new_device"
    FACTOR_ADDED = "factor_added"
    FACTOR_REMOVED = "factor_removed"
    KEY_CREATED = "key_created"
    SIGN_UP_ACCEPTED = "sign_up_accepted"
    SIGN_UP_DECLINED = "sign_up_declined"
    PASSKEY_COPIED = "passkey_copied"
    FACTOR_RECOVERY = "factor_recovery"
    ACCOUNT_WARNED = "account_warned"
    ACCOUNT_SUSPENDED = "account_suspended"
    SUSPENSION_LIFTED = "suspension_lifted"
    WARNING_WITHDRAWN = "warning_withdrawn"
    APPEAL_UPHELD = "appeal_upheld"
    ITEM_TAKEN_DOWN = "item_taken_down"
    ITEM_RESTORED = "item_restored"
    BACKUP_FAILED = "backup_failed"
    BACKUP_OVERDUE = "backup_overdue"


class ForgottenPassword(Struct, frozen=True):
    """The address of the account whose password was forgotten."""

    email: Email


class PasswordReset(Struct, frozen=True):
    """The token of the link, the new password, and whether to revoke API keys too."""

    token: LinkToken
    new_password: Password
    revoke_api_keys: bool = False


class EmailVerification(Struct, frozen=True):
    """The token of the link."""

    token: LinkToken


class Disavowal(Struct, frozen=True):
    """The token of the link in a notice."""

    token: LinkToken


class FactorRecoveryForm(Struct, frozen=True):
    """Why an admin believes that a member has lost their second factors."""

    reason: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=1000,
            pattern=r"\S",
            examples=["Lost the phone, and showed the same identity card as in 2024."],
        ),
    ]


class FactorRecoverySettings(Struct, frozen=True):
    """The waiting period in which a member can object to the removal of their factors."""

    delay: timedelta


class SendMail(Struct, frozen=True):
    """Job: write and send a mail. It holds no token, which is created when the mail is sent.

    Without `user_id`, the recipient is the account with this address, if any. `sanction_id` is the
    warning, suspension or take-down that it is about, `page_id` the artist, band or label of the
    recipient that it concerns.
    """

    purpose: MailPurpose
    to: str
    enqueued_at: datetime
    user_id: UserId | None = None
    sanction_id: ModerationActionId | None = None
    page_id: UserId | None = None


class HeldMailStatus(StrEnum):
    """The state of a mail that was not delivered.

    `waiting` for its next attempt, `sending` at this moment, `held` until an admin retries it.
    """

    WAITING = "waiting"
    SENDING = "sending"
    HELD = "held"


class HeldMail(Struct, frozen=True):
    """A mail that was not delivered: the reason is that of its last attempt.

    Of the recipient's address, all but the first character of the mailbox is left out. `reason` is
    null if it was no error of mail: `error` is its type, and the details are in the log. `user_id`
    is null if the mail was asked for by address alone. `next_attempt_at` is null if it is held.
    """

    id: JobId
    purpose: MailPurpose
    recipient: Annotated[str, Meta(examples=["a…@example.com"])]
    user_id: UserId | None
    status: HeldMailStatus
    attempts: int
    reason: Annotated[str | None, Meta(examples=["The server refuses the recipient: 550 5.1.1"])]
    error: Annotated[str | None, Meta(examples=["MailHeld"])]
    enqueued_at: datetime
    next_attempt_at: datetime | None


class HeldMailPage(Struct, frozen=True):
    """A page of mails that were not delivered, the latest first."""

    mails: list[HeldMail]
    next_cursor: str | None
    has_more: bool


class DeleteMails(Struct, frozen=True):
    """Job: delete the stored copies of mails to a member."""

    user_id: UserId


class EmailToken(Struct, frozen=True):
    """A valid token: whose it is, and which address it verifies. Never shown."""

    user_id: UserId
    email: str


class NoticeToken(EmailToken, frozen=True):
    """A valid token of a notice, and what the notice told. Never shown."""

    purpose: MailPurpose


class Contact(Identity, frozen=True):
    """The address of a member, whether it is verified, and how mails are written to them.

    Never shown.
    """

    email_verified: bool
    display_name: str
    language: Language


class SentEmailToken(Struct, frozen=True):
    """A token as shown to its member in their personal data."""

    purpose: MailPurpose
    email: str
    created_at: datetime
    expires_at: datetime
