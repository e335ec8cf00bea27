"""Pages of accounts: signing in, joining, the team, settings, one's own account."""
