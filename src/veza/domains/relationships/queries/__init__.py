"""The SQL statements of follows, blocks and mutes, and of their merge."""
