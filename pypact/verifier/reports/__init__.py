"""How is a run told? Each report reads the stream of events."""
