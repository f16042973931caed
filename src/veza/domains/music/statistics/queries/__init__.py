"""SQL statements of statistics: counting by the job, and reading."""
