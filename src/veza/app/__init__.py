"""Settings, and the assembly of services, API, jobs and reactions: it sees all domains."""
