"""The network: one guarded way out, its addresses and limits."""
