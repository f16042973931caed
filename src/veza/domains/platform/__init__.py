"""What every installation needs: audit log, site controls, monitoring, quotas, idempotency."""
