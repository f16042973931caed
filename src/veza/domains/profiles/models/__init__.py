"""The Structs of profiles, by topic."""
