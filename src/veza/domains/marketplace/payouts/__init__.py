"""Payouts: the transfers that pay sellers for their sales, and the reversals of transfers.

A party of a split is a seller here: each is paid its part by its own payout account.

Owns the tables `transfers` and `transfer_reversals`. Emits `TransferCompleted`, `TransferFailed`
and `TransferReversed`. `orders` determines the amounts due to sellers; transfers follow them.
"""
