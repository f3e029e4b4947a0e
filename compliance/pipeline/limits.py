"""What the scan did not see, and what that means for its verdicts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from compliance.golang import UnreadableFileError, object_literals, read_ebpf
from compliance.graph import source_file
from compliance.pipeline.builds import MOST_UNBUILT, is_helper, listed_programs
from compliance.pipeline.linkflags import LOADED
from compliance.pipeline.linking import linkings
from compliance.pipeline.parts import loads_ebpf, missing_objects, unfilled_embeds
from compliance.pipeline.placing import declared_of
from compliance.report import RETRACTIONS, Limit

if TYPE_CHECKING:
    from compliance.pipeline.learned import Learned
    from compliance.policy import Judgement
    from compliance.report import Component

MOST_MODULES = 4
"""Folders of other modules that are named."""

_CODE = (".c", ".cc", ".cpp", ".cxx", ".m", ".f", ".F", ".for", ".f90", ".S", ".s", ".sx")
_BINARY = (".syso",)
_PACKED = (
    ".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".txz", ".tar.zst", ".bz2",
    ".xz", ".zst", ".br", ".7z", ".rar", ".jar", ".war", ".whl", ".deb",
    ".rpm", ".apk", ".cpio", ".iso",
)  # fmt: skip
"""Endings of files that hold others; what gzip alone packs is read like the file itself."""

MOST_UNANSWERED = 5
"""Modules that one sentence names."""


def limits_of(
    learned: Learned, judgement: Judgement, components: Iterable[Component]
) -> tuple[Limit, ...]:
    """Every gap that a reader should know of; none of them is a pass of what it hides."""
    found = [
        *_checkout(learned),
        *_left_out(learned),
        *_undeclared(learned),
        *_standard_library(learned),
        *_objects(learned),
        *_embedded_programs(learned),
        *_embedded_archives(learned),
        *_objects_in_source(learned),
        *_objects_to_be_made(learned),
        *_embeds_to_be_filled(learned),
        *_loaded_by_others(learned),
        *_loading_plugins(learned),
        *_taken_for_ours(learned),
        *_system_libraries(judgement),
        *_vendored(learned),
        *_unanswered(learned),
        *_unused(components),
        *_platforms(learned),
        *_profile(learned),
    ]
    return tuple(found)


def _standard_library(learned: Learned) -> Iterable[Limit]:
    settings, wanted = learned.inventory.settings, learned.inventory.workspace.other_toolchain
    if wanted and settings.go_version and settings.go_version != learned.go_version():
        yield Limit(
            what=f"The build needs the toolchain {wanted}, which is not on this machine: the"
            f" packages of the standard library are those of Go {settings.go_version}",
            effect=f"it counts as Go {learned.go_version()}; which of its packages are linked may"
            f" differ, run `GOTOOLCHAIN={wanted} go version` before the scan to have it",
        )
    if settings.goroot is None:
        version = learned.go_version() or "of an unknown version"
        yield Limit(
            what="No Go installation: the packages of the standard library were not followed",
            effect=f"it counts as one component, Go {version} as go.mod says",
        )


def _objects(learned: Learned) -> Iterable[Limit]:
    names = {
        f"{p.import_path}/{name}"
        for c in learned.all_cells()
        for p in c.packages
        if not p.standard
        for name in p.other_files
        if name.endswith(_BINARY)
    }
    if names:
        yield Limit(
            what="Object files are linked as they are: " + ", ".join(sorted(names)[:10]),
            effect="what was compiled into them is not known",
            count=len(names),
        )


def _embedded_programs(learned: Learned) -> Iterable[Limit]:
    """Programs and static libraries that are in a binary as they are."""
    linked = {p.import_path for c in learned.all_cells() for p in c.packages}
    names = sorted(
        part.id
        for reading in learned.readings
        for part in reading.parts
        if part.kind in ("binary", "c-lib")
        and part.user in linked
        and declared_of(learned, part) is None
        and not part.id.lower().endswith(_PACKED)
    )
    if names:
        yield Limit(
            what="Programs and libraries are inside as they are: " + ", ".join(names[:10]),
            effect="the license of their folder or module counts; what was compiled into them is"
            " not known",
            count=len(names),
        )


def _embedded_archives(learned: Learned) -> Iterable[Limit]:
    """Archives that are in a binary as they are, with files that nobody looked at."""
    names = {
        f"{p.import_path}/{name}"
        for c in learned.all_cells()
        for p in c.packages
        if not p.standard
        for name in p.embed_files
        if name.lower().endswith(_PACKED)
    }
    if names:
        yield Limit(
            what="Archives are embedded as they are: " + ", ".join(sorted(names)[:10]),
            effect="the license of their folder or module counts; what is packed in them was not"
            " looked at, declare it as a component with a link of kind embed-data or embed-code",
            count=len(names),
        )


def _objects_in_source(learned: Learned) -> Iterable[Limit]:
    """Programs for the kernel that stand as literals in Go source, as bindata writes them.

    Those that can be read are parts, like objects that are embedded as files (`parts.py`); the
    others are named, and the license of their package counts.
    """
    trees = {r.tree: r.files for r in learned.readings}
    places: set[str] = set()
    for cell in learned.all_cells():
        for package in cell.packages:
            files = trees.get(package.tree)
            if package.standard or files is None or not loads_ebpf(package):
                continue
            for name in (*package.go_files, *package.cgo_files):
                path = source_file(package, name)
                try:
                    objects = object_literals(files.read(path))
                    unread = any(_is_unread(x.data) for x in objects)
                except UnreadableFileError:
                    continue
                if unread:
                    places.add(path if not package.tree else f"{package.tree}/{path}")
    if places:
        yield Limit(
            what="Objects stand as literals in Go source: " + ", ".join(sorted(places)[:10]),
            effect="their license strings and kernel helpers were not read, the license of the"
            " package counts; embed the object as a file, or declare it as a component of kind"
            " ebpf with a link of kind ebpf-load",
            count=len(places),
        )


def _objects_to_be_made(learned: Learned) -> Iterable[Limit]:
    """Programs for the kernel that a build makes before it compiles, in code that is linked.

    Looked for in our own packages, and in others that load such programs.
    """
    trees = {r.tree: r.files for r in learned.readings}
    packages = {p.import_path: p for c in learned.all_cells() for p in c.packages if not p.standard}
    loading = [p for p in packages.values() if loads_ebpf(p)]
    if not loading:
        return
    mains = {m.id for m in learned.inventory.build.modules if m.main}
    own = [p for p in packages.values() if p.module in mains]
    places = {
        f"{order.ident} ({order.file}:{order.line})"
        for p in (*loading, *own)
        if p.tree in trees and not p.tree
        for order in missing_objects(trees[p.tree], p, learned.without_maker)
    }
    if places:
        yield Limit(
            what="Programs for the kernel are made by go generate and not in the tree: "
            + ", ".join(sorted(places)[:10]),
            effect="what they are under was not judged; scan the tree as it is built, or declare"
            " each as a component of kind ebpf with a link of kind ebpf-load",
            count=len(places),
        )


def _embeds_to_be_filled(learned: Learned) -> Iterable[Limit]:
    """Embedded folders whose content a build makes before it compiles."""
    trees = {r.tree: r.files for r in learned.readings}
    packages = {p.import_path: p for c in learned.all_cells() for p in c.packages if p.embed_files}
    places = {
        f"{folder} ({file}:{line})" if file else folder
        for p in packages.values()
        if not p.standard and not p.tree and p.tree in trees
        for folder, file, line in unfilled_embeds(trees[p.tree], p)
    }
    if places:
        yield Limit(
            what="Embedded folders hold placeholders only: " + ", ".join(sorted(places)[:10]),
            effect="what a build puts there was not seen; scan the tree as it is built, or declare"
            " it as a component with a link of kind embed-code or embed-data",
            count=len(places),
        )


def _is_unread(data: bytes | None) -> bool:
    """Whether a literal may be an object that nobody could read."""
    return data is None or (data.startswith(b"\x7fELF") and read_ebpf(data) is None)


def _loaded_by_others(learned: Learned) -> Iterable[Limit]:
    """Plugins and C libraries that a build makes: what they become part of is not in the source."""
    found: dict[str, list[str]] = {}
    for cell, linking in linkings(learned):
        if linking.mode in LOADED:
            where = f"{linking.file}:{linking.line}" if linking.file else "GOFLAGS"
            found.setdefault(linking.mode, []).append(f"{cell.main} ({where})")
    for mode, names in sorted(found.items()):
        every = sorted(set(names))
        words, kind = LOADED[mode]
        yield Limit(
            what=f"Built as {words}: " + ", ".join(every[:10]),
            effect="the programs that load it are not in the source: declare each as a component,"
            f" with its license, and a link of kind {kind} to it",
            count=len(every),
        )


def _loading_plugins(learned: Learned) -> Iterable[Limit]:
    """Programs that can load Go plugins, by the import that makes it possible."""
    places = sorted(
        {
            f"{p.import_path} ({i.file}:{i.line})"
            for c in learned.all_cells()
            for p in c.packages
            if not p.standard
            for i in p.imports
            if i.path == "plugin"
        }
    )
    if places:
        yield Limit(
            what="Go plugins can be loaded at run time: " + ", ".join(places[:10]),
            effect="a plugin is one work with the program (go_plugin_joins_work), and which ones"
            " there are is not in the source: declare those that you ship as components with a"
            " link of kind plugin",
            count=len(places),
        )


def _taken_for_ours(learned: Learned) -> Iterable[Limit]:
    """Modules that a curation calls our own: what their files say of a license does not count."""
    names = sorted(
        f"{module.id} ({curation.where.file}:{curation.where.line}: {curation.because})"
        for module in learned.inventory.build.modules
        if not module.main and module.id in learned.concluded
        for curation in learned.policy.curations
        if curation.first_party and curation.component.covers(module.id.purl)
    )
    if names:
        yield Limit(
            what="Taken for our own code because the policy says so: " + ", ".join(names[:10]),
            effect="it goes out under the license of its artifact; what its files say of a license"
            " was not judged",
            count=len(names),
        )


def _system_libraries(judgement: Judgement) -> Iterable[Limit]:
    if judgement.system_libraries:
        yield Limit(
            what="C libraries of the system are linked: " + ", ".join(judgement.system_libraries),
            effect="they are taken for the system's own and not for part of what is shipped;"
            " declare a component for each one that you ship",
            count=len(judgement.system_libraries),
        )


def _vendored(learned: Learned) -> Iterable[Limit]:
    """Vendored code of which nobody knows whether it is as published; which, where it was asked."""
    unknown = learned.vendored.unknown
    if not unknown:
        return
    if learned.inventory.request.verify_vendor:
        more = f" and {len(unknown) - MOST_MODULES} more" if len(unknown) > MOST_MODULES else ""
        yield Limit(
            what="Vendored modules were not compared with what was published, which could not be"
            f" fetched: {', '.join(map(str, unknown[:MOST_MODULES]))}{more}",
            effect="whether somebody changed them is not known",
            count=len(unknown),
        )
        return
    yield Limit(
        what="Vendored modules were not compared with what was published: it is not at hand",
        effect="whether somebody changed them is not known; --verify-vendor fetches it",
        count=len(unknown),
    )


def _unanswered(learned: Learned) -> Iterable[Limit]:
    """Proxies that were asked which versions are retracted, and did not answer."""
    names = learned.inventory.gomods.unanswered
    if names:
        more = f" and {len(names) - MOST_UNANSWERED} more" if len(names) > MOST_UNANSWERED else ""
        yield Limit(
            what=f"{RETRACTIONS} {', '.join(names[:MOST_UNANSWERED])}{more}",
            effect="what was retracted since it last answered is not told",
            count=len(names),
        )


def _unused(components: Iterable[Component]) -> Iterable[Limit]:
    names = [c.path for c in components if c.scope == "unused"]
    if names:
        yield Limit(
            what="Modules of the build list that no artifact, test or tool needs were not read",
            effect="no verdict rests on them; a package that is in no artifact may import them",
            count=len(names),
        )


def _platforms(learned: Learned) -> Iterable[Limit]:
    labels = sorted({c.label for b in learned.builds for c in b.contexts})
    if len(labels) == 1 and not learned.inventory.request.platforms:
        yield Limit(
            what=f"One platform was looked at: {labels[0]}",
            effect="other systems and build tags link other packages; name them with --platform",
        )


def _left_out(learned: Learned) -> Iterable[Limit]:
    """Programs of which no build context takes a file."""
    programs = learned.plan.left_out
    own = [p for p in programs if not p.foreign]
    if own:
        yield Limit(
            what=f"Programs are for other platforms or tags: {listed_programs(own)}",
            effect="they were not judged; name their platform with --platform",
            count=len(own),
        )
    foreign = [p for p in programs if p.foreign]
    if foreign:
        yield Limit(
            what=f"Programs are for TinyGo or TamaGo: {listed_programs(foreign)}",
            effect="they were not judged: these compilers bring a standard library of their own",
            count=len(foreign),
        )


def _undeclared(learned: Learned) -> Iterable[Limit]:
    """Programs that no deployment builds, those that may well be shipped first."""
    folders = sorted((m.folder for m in learned.plan.undeclared), key=lambda f: (is_helper(f), f))
    if folders:
        shown = ", ".join("the root" if f == "." else f"./{f}" for f in folders[:MOST_UNBUILT])
        more = len(folders) - MOST_UNBUILT
        yield Limit(
            what=f"No deployment declares these programs: {shown}"
            + (f" and {more} more" if more > 0 else ""),
            effect="they were not judged; declare a deployment for each one that is shipped",
            count=len(folders),
        )


def _profile(learned: Learned) -> Iterable[Limit]:
    word = learned.inventory.request.profile
    if word and learned.policy.deployments:
        yield Limit(
            what=f"--profile {word} was not used: the policy declares deployments",
            effect="each artifact is judged by the profile that its deployment names",
        )


def _checkout(learned: Learned) -> Iterable[Limit]:
    """What the repository tracks and this build does not have: files, and modules of their own."""
    inventory = learned.inventory
    absent, gomods = inventory.repository.aside() if inventory.on_disk else ((), ())
    modules = inventory.other_modules(gomods)
    if modules:
        named = ", ".join(modules[:MOST_MODULES])
        more = len(modules) - MOST_MODULES
        yield Limit(
            what="Modules of the repository that this build does not have were not looked at:"
            f" {named}{f' and {more} more' if more > 0 else ''}",
            effect="programs and packages in them are not judged here; scan each folder, or join"
            " them in a go.work",
            count=len(modules),
        )
    if absent:
        yield Limit(
            what=f"The checkout is sparse: {absent[0]} and other tracked files are not on disk",
            effect="programs and packages among them were not looked at",
            count=len(absent),
        )
