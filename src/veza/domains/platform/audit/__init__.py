"""Who changed what, and when: recorded with the change, sealed, and readable by admins.

Owns the tables `audit_subjects`, `audit_events`, `audit_details`, `audit_unsealed` and
`audit_seals`. Announces nothing. Never changes or deletes what was recorded; what says whom it was
is kept apart, so that a person can be forgotten.
"""
