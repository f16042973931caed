"""HTTP routes of recordings and replays."""
