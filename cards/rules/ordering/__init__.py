"""What is ordered: which drug, which dose, and what is known before it."""
