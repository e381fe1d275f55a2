"""One hook request to its answer."""
