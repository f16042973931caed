"""Refuses codes that are unknown, used, expired or guessed too often."""

from veza.core.errors import Conflict, NotFound, TooManyRequests


class CodeNotFound(NotFound):
    """There is no such code, or its batch was deleted."""

    code = "code_not_found"
    message = "There is no such code: check that you typed it completely."


class CodeUsed(Conflict):
    """Another member has redeemed the code."""

    code = "code_used"
    message = "This code has been used."


class CodeExpired(Conflict):
    """The batch of the code has expired."""

    code = "code_expired"
    message = "This code has expired."


class TooManyWrongCodes(TooManyRequests):
    """The member sent too many wrong codes."""

    code = "too_many_codes"
    message = "Too many wrong codes: wait a quarter of an hour."


class CodeBatchNotFound(NotFound):
    """The product has no such batch of codes."""

    code = "code_batch_not_found"
    message = "The product has no such batch of codes."


class TooManyCodeBatches(Conflict):
    """The product has the maximum number of batches."""

    code = "too_many_code_batches"
    message = "A product has at most 100 batches of codes: delete unused ones first."
