"""Mails to members of profiles: a membership begins, fails, is cancelled, ends, or costs more.

Owns no table. Receipts of renewals are those of their orders.
"""
