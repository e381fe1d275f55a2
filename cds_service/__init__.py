"""The outside: CDS Hooks over HTTP, network, database, clock and command line."""
