"""Posts, their likes and their comments."""
