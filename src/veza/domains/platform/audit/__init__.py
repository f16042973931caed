"""Audit log: who changed what and when, written with the change, signed, and shown to admins.

Owns the tables `audit_subjects`, `audit_events`, `audit_details`, `audit_unsigned_events` and
`audit_signatures`. Emits no events. Events are never changed or deleted; the personal details are
stored apart, so that a person can be erased.
"""
