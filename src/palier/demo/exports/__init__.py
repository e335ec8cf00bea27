"""One module per fictional tool: the same world, told in each tool's own words, format and habits."""
