"""Sellers: who they are on invoices, where they are paid, and what they have.

Owns the tables `sellers` and `payout_accounts`. Announces `SellerConnected`. Never moves money, and
never keeps a balance: those are in the ledger.
"""
