"""What several mappers say of a record that may mean something else than it seems to."""

MODIFIED = "it is marked in a way that may change its meaning (modifier extension)"
BACKWARDS = "its end is before its start; neither date is used"
