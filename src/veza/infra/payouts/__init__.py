"""Companies that pay sellers for us: what they all do is in `provider`, one file each."""
