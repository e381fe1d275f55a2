"""Gene reports to one result a gene."""
