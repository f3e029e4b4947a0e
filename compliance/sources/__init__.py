"""The room that reads the world: disk, network, git."""

from typing import TYPE_CHECKING

from compliance.facade import fetcher

if TYPE_CHECKING:
    from compliance.sources.acquire import Acquirer
    from compliance.sources.archive import archive_digests
    from compliance.sources.binary import read_build_info
    from compliance.sources.cache import MAX_CACHE_BYTES, PARTS, BlobCache, CacheUse
    from compliance.sources.copies import diagnose
    from compliance.sources.download import Info
    from compliance.sources.folder import MAX_FILE_BYTES, FolderFiles, SubFiles
    from compliance.sources.goflags import GoFlags
    from compliance.sources.history import Parting, parting
    from compliance.sources.installation import tool_mark
    from compliance.sources.mirrors import Mirror, audit_module, mirror_urls, pace
    from compliance.sources.repository import Repository, base_commit
    from compliance.sources.revision import Changes, RevisionFiles
    from compliance.sources.settings import GoSettings, Setting, go_settings
    from compliance.sources.toolchains import find_toolchain, toolchain_module
    from compliance.sources.trace import (
        RACY_NANOSECONDS,
        SealedTrace,
        Signature,
        Trace,
        decode_trace,
        signature_of,
    )
    from compliance.sources.transport import Transport
    from compliance.sources.tree import Archive, Origin, SourceTree, Where
else:
    __getattr__ = fetcher(__name__, {
        "acquire": "Acquirer",
        "archive": "archive_digests",
        "binary": "read_build_info",
        "cache": "MAX_CACHE_BYTES PARTS BlobCache CacheUse",
        "copies": "diagnose",
        "download": "Info",
        "folder": "MAX_FILE_BYTES FolderFiles SubFiles",
        "goflags": "GoFlags",
        "history": "Parting parting",
        "installation": "tool_mark",
        "mirrors": "Mirror audit_module mirror_urls pace",
        "repository": "Repository base_commit",
        "revision": "Changes RevisionFiles",
        "settings": "GoSettings Setting go_settings",
        "toolchains": "find_toolchain toolchain_module",
        "trace": "RACY_NANOSECONDS SealedTrace Signature Trace decode_trace signature_of",
        "transport": "Transport",
        "tree": "Archive Origin SourceTree Where",
    })  # fmt: skip

__all__ = [
    "MAX_CACHE_BYTES", "MAX_FILE_BYTES", "PARTS", "RACY_NANOSECONDS", "Acquirer", "Archive",
    "BlobCache", "CacheUse", "Changes", "FolderFiles", "GoFlags", "GoSettings", "Info", "Mirror",
    "Origin", "Parting",
    "Repository", "RevisionFiles", "SealedTrace", "Setting", "Signature", "SourceTree", "SubFiles",
    "Trace", "Transport", "Where", "archive_digests", "audit_module", "base_commit",
    "decode_trace", "diagnose", "find_toolchain", "go_settings", "mirror_urls", "pace", "parting",
    "read_build_info", "signature_of", "tool_mark", "toolchain_module",
]  # fmt: skip
