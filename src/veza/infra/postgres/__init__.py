"""PostgreSQL: connections, statements, migrations, notifications."""
