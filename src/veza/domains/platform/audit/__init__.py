"""Audit log: a signed record of all changes, written in their transactions, for admins.

Owns the tables `audit_subjects`, `audit_events`, `audit_details`, `audit_unsigned_events` and
`audit_signatures`. Emits no events. Events are never changed or deleted; personal details are
stored separately, so that they can be erased.
"""
