"""From a cell's text to a canonical value, strictly: what is not certain is refused with its reason."""
