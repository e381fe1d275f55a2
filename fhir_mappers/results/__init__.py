"""From Observations to results."""
