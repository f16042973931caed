"""Transfers: what sellers are paid for what they sold, and what is taken back of it.

Owns the tables `transfers` and `transfer_reversals`. Announces `TransferCompleted`,
`TransferFailed` and `TransferReversed`. Never decides what is due to a seller: `orders` says so,
and what is transferred follows it.
"""
