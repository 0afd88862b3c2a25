"""One file per input format; each yields raw records in constant memory."""

from indexer.sources.base import MAX_RECORD_BYTES, Fault, Rejected, Source
from indexer.sources.encoding import Encoding
from indexer.sources.mapping import METADATA_FIELDS, Field, Mapping
from indexer.sources.metadata import MetadataFault, parse_metadata
from indexer.sources.opening import SourceKind, open_source

__all__ = [
    "MAX_RECORD_BYTES",
    "METADATA_FIELDS",
    "Encoding",
    "Fault",
    "Field",
    "Mapping",
    "MetadataFault",
    "Rejected",
    "Source",
    "SourceKind",
    "open_source",
    "parse_metadata",
]
