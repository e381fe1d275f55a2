"""Many resources: which matter, whose they are, what they refer to."""
