"""Migrations, oldest first; each is applied once to a database and never changed afterwards."""
