"""A dosage as it is written, and what it comes to in milligrams."""
