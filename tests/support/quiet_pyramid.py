"""Pyramid, imported without its warnings about `cgi` and `pkg_resources`."""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from pyramid.config import Configurator
    from pyramid.httpexceptions import HTTPFound
    from pyramid.response import Response

__all__ = ["Configurator", "HTTPFound", "Response"]
