"""The ledger: double entry, in which every movement of money is written down for good.

Owns the tables `ledger_subjects`, `ledger_accounts`, `ledger_postings`, `ledger_entries` and
`ledger_balances`. Announces nothing. Never decides what moves, or why: the domains that do post
here, in the transaction that moves it.
"""
