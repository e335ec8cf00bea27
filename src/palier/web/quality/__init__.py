"""Pages of the quality of data: measures by kind of record, and the records to mend."""
