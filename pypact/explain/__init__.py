"""Describe mismatches, missing requests and unexpected requests as plain text.

An explanation is a value; its text is written on `str()`.
"""
