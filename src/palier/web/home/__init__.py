"""The home page: first steps of an empty company, then the cockpit."""
