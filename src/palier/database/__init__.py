"""The embedded server, roles and company isolation."""
