"""The list of metrics, and the page of each: chart, breakdown, definition, rows behind it, target."""
