"""Topics of this domain in the table of revisions."""

# In the table of revisions: the subject is the id of the session that was ended.
SESSION_ENDED = "session_ended"
