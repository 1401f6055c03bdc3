"""Render contracts and the results of verifications as HTML pages.

The pages need no network and no server. `pypact.pages.contents` describes contracts as
plain data without secrets, `pypact.pages.site` adds the results, and
`pypact.pages.render` writes the HTML with Jinja2, which escapes all of it.
"""
