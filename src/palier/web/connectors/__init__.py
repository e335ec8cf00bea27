"""Pages of connections to other tools."""
