"""Where do the contracts come from that a provider is verified against?"""

from pypact.sources.choosing import source_for
from pypact.sources.files import DirectorySource, FileSource, GlobSource
from pypact.sources.sourced import ContractSource, Source, SourcedPact

__all__ = [
    "ContractSource",
    "DirectorySource",
    "FileSource",
    "GlobSource",
    "Source",
    "SourcedPact",
    "source_for",
]
