"""From gene reports to one result per gene."""
