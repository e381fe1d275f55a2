"""What meets the thiopurine: other drugs and light."""
