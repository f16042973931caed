"""Refuses to retry or delete jobs that are gone, or did not fail."""

from veza.core.errors import Conflict, NotFound


class JobNotFound(NotFound):
    """The job has finished, or never existed."""

    code = "job_not_found"
    message = "There is no such job: it may have finished."


class JobNotFailed(Conflict):
    """The job is waiting or running."""

    code = "job_not_failed"
    message = "This job has not failed: it is waiting or running."


class JobNotNeeded(Conflict):
    """The same job was enqueued again meanwhile."""

    code = "job_not_needed"
    message = "The same job is already waiting or running."
