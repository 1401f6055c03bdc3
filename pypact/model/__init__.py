"""The values of pypact: frozen, without behaviour that does I/O or judges."""
