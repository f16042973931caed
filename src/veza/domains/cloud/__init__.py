"""Private cloud files, their share links and the stored contents."""
