"""A site's past, asked again: what the hooks would have shown, from data as it was known then."""
