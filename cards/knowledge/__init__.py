"""Clinical knowledge as data: every number a table row, every row with its source."""
