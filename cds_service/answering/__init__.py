"""From one hook request to its answer."""
