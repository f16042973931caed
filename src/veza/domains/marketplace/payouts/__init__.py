"""Payouts: the transfers that pay sellers for their sales, and the reversals of transfers.

Owns the tables `transfers` and `transfer_reversals`. Emits `TransferCompleted`, `TransferFailed`
and `TransferReversed`. `orders` determines the amounts due to sellers; transfers follow them.
"""
