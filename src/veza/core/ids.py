"""Identifiers. One NewType per noun, so that a track's id can never be passed for a user's."""

import os
import time
from typing import NewType
from uuid import UUID

UserId = NewType("UserId", UUID)
SessionId = NewType("SessionId", UUID)
ApiKeyId = NewType("ApiKeyId", UUID)
TrackId = NewType("TrackId", UUID)
CommentId = NewType("CommentId", UUID)
ReportId = NewType("ReportId", UUID)
SanctionId = NewType("SanctionId", UUID)
NoticeId = NewType("NoticeId", UUID)
JobId = NewType("JobId", UUID)


def new_id() -> UUID:
    """Make a UUID of version 7 (RFC 9562): ids sort by the time they were made, to a microsecond.

    The 12 bits after the milliseconds hold the fraction of the millisecond (method 3 of the RFC).
    """
    milliseconds, nanoseconds = divmod(time.time_ns(), 1_000_000)
    fraction = nanoseconds * 4096 // 1_000_000
    random = int.from_bytes(os.urandom(8)) & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | 7 << 76 | fraction << 64 | 2 << 62 | random)
