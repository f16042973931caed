"""Refuses sign-ups by mode, invitation, proof of work and length of the queue."""

from veza.core.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable


class SignUpClosed(Forbidden):
    """Nobody may create an account."""

    code = "sign_up_closed"
    message = "This server takes no new members at the moment."


class MessageRequired(Invalid):
    """Newcomers have to introduce themselves."""

    code = "message_required"
    message = "Write to the staff of this server why you would like to join."


class InvitationRequired(Forbidden):
    """Only those who were invited may create an account."""

    code = "invitation_required"
    message = "You need an invitation to join: ask somebody who is a member."


class InvitationRefused(Forbidden):
    """The invitation is unknown, used up or expired, or its inviter is suspended."""

    code = "invitation_refused"
    message = "This invitation doesn't work any more: ask for another one."


class ProofRequired(Forbidden):
    """Many accounts are being created, or much else is being sent: a proof of work is needed.

    `details` has the challenge (`proof.challenge`) and the leading zero bits (`proof.bits`).
    """

    code = "proof_required"
    message = "Too many do this at the moment: solve the challenge in `details`, and try again."


class QueueFull(Unavailable):
    """Too many newcomers wait for approval."""

    code = "sign_up_queue_full"
    message = "Too many people wait for approval at the moment: try again in some days."


class SignUpRequestNotFound(NotFound):
    """Nobody with this id waits for approval."""

    code = "sign_up_request_not_found"
    message = "Nobody with this id waits for approval: somebody else may have decided."


class InvitationNotFound(NotFound):
    """There is no such invitation, or it isn't the caller's."""

    code = "invitation_not_found"
    message = "There is no such invitation."


class MayNotInvite(Forbidden):
    """Only admins and moderators invite on this server."""

    code = "may_not_invite"
    message = "On this server only the staff invites."


class TooManyInvitations(Conflict):
    """The number of invitations is limited."""

    code = "too_many_invitations"
    message = "You have created as many invitations as you may: wait, or delete one."
