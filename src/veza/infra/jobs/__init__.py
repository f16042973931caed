"""Background jobs and the transactional outbox."""
