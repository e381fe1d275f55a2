"""What the rules may know about a patient and may propose, as frozen values in fixed units."""
