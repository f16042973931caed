"""Companies that take buyers' money for us: what they all do is in `provider`, one file each."""
