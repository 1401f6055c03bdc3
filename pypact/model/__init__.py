"""Define the immutable values that the rest of pypact works with."""
