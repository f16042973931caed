"""Sellers: their profile for invoices, their payout accounts and their balance.

Owns the tables `sellers` and `payout_accounts`. Announces `SellerConnected`. Moves no money and
stores no balance: those are in the ledger.
"""
