"""Verify a provider."""
