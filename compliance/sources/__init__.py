"""The room that reads the world: disk, network, git."""

from compliance.sources.folder import MAX_FILE_BYTES, FolderFiles, SubFiles
from compliance.sources.repository import Repository
from compliance.sources.trace import SealedTrace, Trace, decode_trace
from compliance.sources.tree import Archive, Origin, SourceTree, Where

__all__ = [
    "MAX_FILE_BYTES", "Archive", "FolderFiles", "Origin", "Repository", "SealedTrace",
    "SourceTree", "SubFiles", "Trace", "Where", "decode_trace",
]  # fmt: skip
