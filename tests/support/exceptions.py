"""Exceptions that user code can raise, and that are hard to handle."""


class Custom(BaseException):
    """An exception that does not derive from `Exception`."""


class Mute(Exception):
    """An exception whose message cannot be read."""

    def __str__(self):
        raise Custom

    __repr__ = __str__
