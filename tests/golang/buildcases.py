"""Cases of build lists: one file each, which says what stands where and what comes out.

Files below `repo/` are the repository, below `around/` what lies beside it, `proxy/PATH@VERSION`
the published go.mod files, `latest/PATH` that of the latest version. `expect` is the answer.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from compliance.errors import ComplianceError
from compliance.golang import (
    BuildList,
    Module,
    ModuleVersion,
    Outside,
    Workspace,
    WorkspaceSettings,
    load_workspace,
    select,
)
from tests.oracle.goworld import MemoryFiles, Situation, Universe, read_txtar

FOLDER = Path(__file__).parents[1] / "data" / "golang" / "builds"


@dataclass
class Case:
    file: Path
    situation: Situation
    universe: Universe
    latest: dict[str, bytes]
    expect: str

    @classmethod
    def read(cls, file: Path) -> Case:
        files = read_txtar(file.read_bytes().decode())[1]
        universe = Universe()
        for name, text in _below(files, "proxy/").items():
            path, _, version = name.partition("@")
            universe.add(path, version, text)
        settings = json.loads(files.get("settings.json", "{}"))
        return cls(
            file=file,
            situation=Situation(
                _below(files, "repo/"),
                around=_below(files, "around/"),
                folder=settings.pop("folder", "."),
                settings=WorkspaceSettings(**settings),
            ),
            universe=universe,
            latest={p: t.encode() for p, t in _below(files, "latest/").items()},
            expect=files.get("expect", ""),
        )

    def outcome(self) -> str:
        try:
            return describe(*self.build())
        except ComplianceError as error:
            return f"error {error.status}\n{error}\n"

    def build(self) -> tuple[Workspace, BuildList]:
        files = MemoryFiles(self.situation.tree(self.universe))
        beyond = MemoryFiles(self.situation.around)
        outside = Outside(root="/w/repo", read=lambda p: beyond.read(p.removeprefix("/w/")))
        workspace = load_workspace(
            files,
            folder=self.situation.folder,
            settings=self.situation.settings,
            outside=outside,
        )
        build = select(
            workspace, files, self.universe.read, outside=outside, latest=self.latest.get
        )
        return workspace, build

    def accept(self, outcome: str) -> None:
        text = self.file.read_bytes().decode().partition("-- expect --\n")[0]
        self.file.write_bytes(f"{text}-- expect --\n{outcome}".encode())


def _below(files: dict[str, str], prefix: str) -> dict[str, str]:
    return {n.removeprefix(prefix): t for n, t in files.items() if n.startswith(prefix)}


def describe(workspace: Workspace, build: BuildList) -> str:
    """Workspace and build list as lines of text."""
    lines = [
        f"mode {build.mode} go {workspace.go_version} toolchain {workspace.toolchain or '-'}"
        + (f" vendor {workspace.vendor}" if workspace.vendor else "")
    ]
    if workspace.vendor_unused:
        lines.append(f"vendor unused: {workspace.vendor_unused}")
    lines += [_module(m) for m in build.modules]
    lines += [f"edge {a} -> {b}" for a, b in build.edges]
    for f in build.findings:
        place = f"{f.location.file}:{f.location.line}" if f.location else "-"
        lines.append(f"finding {f.code} {f.severity.word} {place}: {f.message}")
    return "\n".join(lines) + "\n"


def _module(module: Module) -> str:
    words = ["main" if module.main else "indirect" if module.indirect else "direct"]
    words += [str(module.id), f"go {module.go_version or '-'}"]
    if module.replace is not None:
        words.append(f"=> {ModuleVersion(module.replace.path, module.replace.version or '')}")
    if module.folder is not None:
        words.append(f"in {module.folder}")
    if module.location is not None:
        words.append(f"({module.location.file}:{module.location.line})")
    return " ".join(words)


def all_cases() -> list[Path]:
    return sorted(FOLDER.glob("*.txt"))
