"""Pages of data: lists of any entity, records, corrections one by one or many at once."""
