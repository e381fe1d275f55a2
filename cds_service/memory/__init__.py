"""What the service remembers: decisions, cards as sent, feedback on them, and tokens already used."""
