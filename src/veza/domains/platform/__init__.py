"""Services of every installation: audit log, site controls, monitoring, quotas, idempotency."""
