"""Integrations with other libraries, imported only by users who need them."""
