"""The interfaces of other Pact libraries for Python, on top of pypact.

`pypact.compat.pact` is that of pact-python 2, `pypact.compat.pactman` that of pactman.
"""
