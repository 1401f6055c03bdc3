"""Report verification results as text and in files."""
