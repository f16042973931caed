"""Payouts: the transfers that pay sellers for their sales, and the reversals of transfers.

Owns the tables `transfers` and `transfer_reversals`. Announces `TransferCompleted`,
`TransferFailed` and `TransferReversed`. `orders` decides what is due to a seller; transfers follow.
"""
