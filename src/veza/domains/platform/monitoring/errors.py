"""What can be refused in this domain."""

from veza.core.errors import Conflict, NotFound


class JobNotFound(NotFound):
    """The job is done, or there never was one."""

    code = "job_not_found"
    message = "There is no such job: it may be done."


class JobNotFailed(Conflict):
    """The job waits or runs: nobody has to look after it."""

    code = "job_not_failed"
    message = "This job has not failed."


class JobNotNeeded(Conflict):
    """The same job was enqueued again meanwhile."""

    code = "job_not_needed"
    message = "The same job waits or runs already."
