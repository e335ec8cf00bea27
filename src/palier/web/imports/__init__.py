"""Pages of imports: files laid down, what their columns mean, trial, progress, report, way back."""
