"""Modules as they were published, beside the copies of them in vendor/.

`go mod vendor` keeps the license and notice files of the folders above the packages that it
copies, and leaves out the rest: a README that states a choice, LICENSES/, REUSE.toml, names that
it does not know. Where the published module is at hand those files are read from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from compliance.errors import ModuleUnavailableError
from compliance.golang import EntryKind, UnreadableFileError

if TYPE_CHECKING:
    from compliance.golang import Files, Module, ModuleVersion
    from compliance.pipeline.inventory import Inventory
    from compliance.sources import SourceTree

MOST_FETCHED = 100
"""Zips that one run brings for their license files: more are no exception but a repository that
nobody looked at, and its scan should not take an hour."""

MOST_COMPARED = 2_000
"""Zips that a run brings that was asked to compare vendored code: more than any known program."""

MOST_AT_ONCE = 8
"""Zips that are fetched at the same time."""


class Published:
    """Published modules of one run, each looked for once."""

    def __init__(self, inventory: Inventory, of_head: Published | None = None) -> None:
        """Nothing is looked for yet; a base takes over what head found with the same sums."""
        self._inventory = inventory
        self._of_head = of_head
        self._near = inventory.gomods.near
        self._known: dict[ModuleVersion, SourceTree | None] = {}
        self._sources = {m.id: m.source for m in inventory.build.modules}

    def applies(self, module: Module) -> bool:
        """Whether the code of a module lies in vendor/."""
        vendored = self._inventory.workspace.vendor is not None
        return vendored and not module.main and module.source is not None

    def near(self, module: Module) -> SourceTree | None:
        """The module from this machine; None where it is not, or not with the bytes of go.sum."""
        if module.id not in self._known:
            head = self._of_head
            if head is not None and head.found_same(module, self._inventory):
                self._known[module.id] = head.near(module)
            else:
                self._known[module.id] = self._find(module)
        return self._known[module.id]

    def found_same(self, module: Module, other: Inventory) -> bool:
        """Whether it was looked for here, and another go.sum says the same of it."""
        ours, theirs = self._inventory.acquirer.go_sum, other.acquirer.go_sum
        source = module.source
        here = self._sources.get(module.id)
        return (
            module.id in self._known
            and source is not None
            and source == here
            and ours.of_zip(source) == theirs.of_zip(source)
        )

    def fetch_vendored(self) -> None:
        """Bring every module that code below vendor/ comes from, to compare it."""
        listed = self._inventory.workspace.vendor_list
        named = {m.id.path for m in listed.modules if m.packages} if listed else set()
        modules = self._inventory.build.modules
        self.fetch((m for m in modules if self.applies(m) and m.id.path in named), MOST_COMPARED)

    def fetch(
        self, modules: Iterable[Module], most: int = MOST_FETCHED
    ) -> frozenset[ModuleVersion]:
        """Bring modules that are not on this machine from where GOPROXY says, unless offline.

        Returns:
            Those that are now at hand. What cannot be had stays away: nothing rests on it alone.
        """
        wanted = [m for m in modules if self.near(m) is None][:most]
        if not wanted or self._inventory.acquirer.offline:
            return frozenset()
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(MOST_AT_ONCE) as pool:
            for module, tree in zip(wanted, pool.map(self._bring, wanted), strict=True):
                self._known[module.id] = tree
        return frozenset(m.id for m in wanted if self._known[m.id] is not None)

    def _find(self, module: Module) -> SourceTree | None:
        try:
            found = self._near.upstream(module)
        except ModuleUnavailableError:
            self._note_absence(module)
            return None
        return found if found.files is not None else None

    def _note_absence(self, module: Module) -> None:
        """A later run that finds the module gives another answer."""
        if module.source is None:
            return
        for _, folder in self._near.folders():
            self._inventory.trace.add(folder.path(module.source, "zip"))

    def _bring(self, module: Module) -> SourceTree | None:
        try:
            found = self._inventory.acquirer.upstream(module)
        except ModuleUnavailableError:
            return None
        return found if found.files is not None else None


class CompletedFiles:
    """A tree in which one folder is completed by what the published module has besides.

    Args:
        files: The repository.
        root: Folder of the vendored module in it.
        published: The module as published.
        name: `path@version`, under which a published file can be read as well.
    """

    def __init__(self, files: Files, root: str, published: Files, name: str) -> None:
        self._files = files
        self._root = root
        self._published = published
        self._name = name

    def over(self, files: Files) -> CompletedFiles:
        """The same, completing another state of the repository."""
        return CompletedFiles(files, self._root, self._published, self._name)

    def listing(self, folder: str) -> Mapping[str, EntryKind]:
        """Names directly inside `folder`; Go files are those of the repository alone."""
        own = self._files.listing(folder)
        inside = self._inside(folder)
        if inside is None:
            return own
        more = self._published.listing(inside)
        added = {n: k for n, k in more.items() if n not in own and not n.endswith(".go")}
        return {**added, **own} if added else own

    def read(self, path: str) -> bytes:
        """Whole content. Raises UnreadableFileError with the reason."""
        if path.startswith(f"{self._name}/"):
            return self._published.read(path[len(self._name) + 1 :])
        inside = self._inside(path)
        if inside is not None and self.missing(path):
            return self._published.read(inside)
        return self._files.read(path)

    def missing(self, path: str) -> bool:
        """Whether a path is of the published module only."""
        folder, _, name = path.rpartition("/")
        return self._inside(path) is not None and name not in self._files.listing(folder or ".")

    def shown(self, path: str) -> str:
        """`path@version/...` for a file that is of the published module only."""
        return f"{self._name}/{self._inside(path)}" if self.missing(path) else path

    def _inside(self, path: str) -> str | None:
        if path == self._root:
            return "."
        prefix = f"{self._root}/"
        return path[len(prefix) :] if path.startswith(prefix) else None


def read_or_none(files: Files, path: str) -> bytes | None:
    """Content of a file, None where it cannot be read."""
    try:
        return files.read(path)
    except UnreadableFileError:
        return None
