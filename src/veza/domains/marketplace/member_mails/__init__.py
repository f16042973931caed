"""Mails to members of profiles: when a membership begins, can't be renewed, is cancelled, or ends.

Owns no table. Receipts of renewals are those of their orders.
"""
