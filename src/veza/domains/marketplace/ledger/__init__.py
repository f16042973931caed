"""Ledger: double-entry bookkeeping of every movement of money.

Owns the tables `ledger_subjects`, `ledger_accounts`, `ledger_postings`, `ledger_entries`,
`ledger_balances` and `ledger_verification`. The domains that move money post here, in the
transaction of the state change.
"""
