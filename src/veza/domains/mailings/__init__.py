"""Mail of profiles to many: who gets it, and what they are sent."""
