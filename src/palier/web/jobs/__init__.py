"""The page of background tasks that gave up."""
