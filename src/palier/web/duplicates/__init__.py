"""Pages of duplicates: pairs to decide, merges made, and how far the rules can be trusted."""
