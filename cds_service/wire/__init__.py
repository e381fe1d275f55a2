"""Bytes on the wire: bodies, JSON, paths, CORS and trace spans."""
