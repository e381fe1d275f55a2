"""Records that are not used although they are, or may be, ours: what is told of them, and what they leave unknown."""
