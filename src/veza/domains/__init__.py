"""What Veza is about: one folder for each domain, with the same files in each."""
