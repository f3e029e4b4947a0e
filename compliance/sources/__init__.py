"""The room that reads the world: disk, network, git."""

from compliance.sources.tree import Archive, Origin, SourceTree, Where

__all__ = ["Archive", "Origin", "SourceTree", "Where"]
