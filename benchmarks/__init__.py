"""How fast the service is: measured in one process and over HTTP, against the cost of parsing the body."""
