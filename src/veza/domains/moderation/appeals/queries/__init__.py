"""The SQL statements of moderation cases."""
