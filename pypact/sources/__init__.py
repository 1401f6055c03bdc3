"""Where do the contracts come from that a provider is verified against?"""

from pypact.sources.brokers import BrokerSource
from pypact.sources.choosing import source_for
from pypact.sources.files import DirectorySource, FileSource, GlobSource
from pypact.sources.sourced import ContractSource, Source, SourcedPact
from pypact.sources.urls import UrlSource

__all__ = [
    "BrokerSource",
    "ContractSource",
    "DirectorySource",
    "FileSource",
    "GlobSource",
    "Source",
    "SourcedPact",
    "UrlSource",
    "source_for",
]
