"""Ledger: double-entry bookkeeping of every movement of money.

Owns the tables `ledger_subjects`, `ledger_accounts`, `ledger_postings`, `ledger_entries` and
`ledger_balances`. The domains that move money post here, in the transaction of the state change.
"""
