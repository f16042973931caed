"""Refuses tokens of previews that are invalid, expired or of somebody else."""

from veza.core.errors import Conflict


class BulkTokenRefused(Conflict):
    """The token of a preview is not valid, has expired, or is somebody else's."""

    code = "bulk_token_refused"
    message = "This preview is more than ten minutes old, or not yours: make another one."
