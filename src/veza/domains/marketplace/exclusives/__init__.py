"""What a profile has for its members: a list for them, and a teaser for everybody else."""
