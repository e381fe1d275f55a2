"""What a thiopurine may have done."""
