"""Bridges to what users already have; each is imported by who asks for it."""
