"""Announces to all processes that roles in profiles changed."""

# The topic of a revision. Its subject is the id of the profile, a colon, and that of the member,
# or nothing for all of its members.
PROFILE_ROLE_CHANGED = "profile_role"
