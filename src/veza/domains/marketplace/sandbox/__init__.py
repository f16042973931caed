"""The sandbox: plays the companies that take buyers' money and pay sellers, and moves none.

Owns the tables `sandbox_payments`, `sandbox_refunds`, `sandbox_accounts`, `sandbox_transfers` and
`sandbox_reversals`. Announces nothing: what happens to a payment it tells by a signed webhook, as a
company does. Never knows an order, a seller or the ledger.
"""
