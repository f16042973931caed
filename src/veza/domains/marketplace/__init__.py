"""Products, orders, payments, payouts, refunds, invoices and the ledger."""
