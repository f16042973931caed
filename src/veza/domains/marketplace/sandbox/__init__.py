"""Sandbox: a payment provider and a payout provider for testing, which move no real money.

Owns the tables `sandbox_payments`, `sandbox_methods`, `sandbox_refunds`, `sandbox_accounts`,
`sandbox_transfers` and `sandbox_reversals`. Emits no events: like a real provider it reports
payments by signed webhooks. Does not access orders, sellers or the ledger.
"""
