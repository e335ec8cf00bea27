"""Pages of customers, and of any record behind a figure."""
