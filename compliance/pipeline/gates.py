"""What of a repository runs this check, and whether a change edits that.

Workflows, local actions, pipelines of other services, hooks, scripts and make targets. Of each file
only what decides whether and how the check runs is compared, as far as its form shows it: every
other edit of a workflow is somebody else's affair.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from compliance import patterns as re
from compliance.errors import ComplianceError
from compliance.golang import EntryKind, UnreadableFileError
from compliance.policy import plain_yaml
from compliance.value import dataclass

if TYPE_CHECKING:
    from compliance.golang import Files
    from compliance.sources import RevisionFiles

_WORKFLOWS = (".github/workflows", ".gitea/workflows", ".forgejo/workflows")
_ACTIONS = (".github/actions", ".gitea/actions", ".forgejo/actions")
_FOLDERS = (
    *_WORKFLOWS, ".gitlab", ".gitlab/ci", ".circleci", ".buildkite", ".woodpecker", ".tekton",
    ".azure-pipelines", ".github/scripts", "ci", ".ci", "scripts", "script", "hack", "build",
    "tools",
)  # fmt: skip
_NAMES = frozenset((
    ".gitlab-ci.yml", ".pre-commit-config.yaml", "azure-pipelines.yml", "bitbucket-pipelines.yml",
    ".drone.yml", ".woodpecker.yml", ".travis.yml", "cloudbuild.yaml", "lefthook.yml",
    "Taskfile.yml", "action.yml", "action.yaml", "Makefile", "makefile", "GNUmakefile", "justfile",
    "Jenkinsfile",
))  # fmt: skip
_ENDINGS = (".yml", ".yaml", ".sh", ".mk")
MOST_FILES = 500
"""Files of one folder that are looked at; more is no set of workflows."""
MAX_BYTES = 1 << 20
"""A larger file runs no check; GitHub takes workflows of up to 512 KiB."""

_OURS = (
    r"\bcompliance@",
    r"/compliance(\.git)?/?$",
    r"\bcompliance(?:[:@][\w.:-]+)?(?:[\s\\]+-[^\s\\]+)*[\s\\]+(?:scan|gate|drift)\b",
    r"\bdocker://[^\s\"']{0,200}/compliance[:@\s\"']",
    r"/compliance\.ya?ml@",
)
"""The action, the hook, the command (of an image, too), a reusable workflow of that name."""
_ALWAYS = frozenset((
    "on", True, "env", "defaults", "default", "variables", "workflow", "include", "image",
    "before_script", "after_script", "inputs", "trigger", "pr", "files", "exclude", "ci",
    "default_stages", "fail_fast",
))  # fmt: skip
"""Keys at the top of a pipeline that hold for all of its jobs; YAML reads `on` as true."""
_TARGET = re.compile(r"^([A-Za-z0-9_.-]+)[ \t]*:(?!=)", re.MULTILINE)
_ANCHOR = re.compile(r"&([\w.-]+)")
_WORD = re.compile(r"[\w.-]+")
_CONTINUED = re.compile(r"\\\r?\n[ \t]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class GateEdits:
    """Files in which a change edits how the check runs, and those with steps that run before it."""

    gates: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()


def gate_files(*trees: Files) -> tuple[str, ...]:
    """Files that run this tool, in any of the trees."""
    sides = tuple(dict(_texts(files)) for files in trees)
    ours = _pattern(sides)
    return tuple(sorted({n for texts in sides for n, text in texts.items() if ours.search(text)}))


def edited_gates(base: RevisionFiles, head: Files, inside: str = ".") -> GateEdits:
    """Files that run this tool, in base or head, and differ in what decides how it runs.

    Args:
        base: The tree of the revision.
        head: The same folder of the work tree.
        inside: The folder of these trees that is scanned; names are relative to it.
    """
    if _is_same(base, head):
        return GateEdits()
    before, after = dict(_texts(base)), dict(_texts(head))
    ours = _pattern((before, after))
    gates, steps = [], []
    for name in sorted({*before, *after}):
        old, new = before.get(name, ""), after.get(name, "")
        if old == new:
            continue
        was, now = _gate(name, old, ours), _gate(name, new, ours)
        if was[0] != now[0]:
            gates.append(posixpath.relpath(name, inside))
        elif was[1] != now[1]:
            steps.append(posixpath.relpath(name, inside))
    return GateEdits(gates=tuple(gates), steps=tuple(steps))


def _is_same(base: RevisionFiles, head: Files) -> bool:
    """Whether nothing that may run a check differs, which costs a look at a few folders."""
    before, after = base.listing("."), head.listing(".")
    if not all(base.same(n) for n in (*before, *after) if n in _NAMES):
        return False
    folders = [f for f in (*_FOLDERS, *_ACTIONS) if f.partition("/")[0] in {*before, *after}]
    folders += [f"{f}/{n}" for f in folders if f in _ACTIONS for n in head.listing(f)]
    return all(
        base.same_folder(f) for f in folders if len(head.listing(f)) + len(base.listing(f)) > 0
    )


def _pattern(sides: Iterable[Mapping[str, str]]) -> re.Pattern[str]:
    """What a step says that runs the check: itself, or through a file or target that does."""
    ours = re.compile("|".join(_OURS), re.MULTILINE)
    more: set[str] = set()
    for texts in sides:
        for name, text in texts.items():
            if not ours.search(text):
                continue
            folder, _, file = name.rpartition("/")
            if file in ("action.yml", "action.yaml"):
                more.add(rf"\./{re.escape(folder)}(?![\w/-])" if folder else r"uses \./$")
            elif folder.rpartition("/")[0] in _ACTIONS:
                more.add(rf"(?i:action_path)[\s}}\"']{{0,8}}/{re.escape(file)}\b")
            if folder and file not in ("action.yml", "action.yaml"):
                more.add(rf"(?:\./|\b){re.escape(name)}\b")
            for target in _targets(text, ours) if _is_make(file) else ():
                more.add(rf"\bmake\b[^\n]{{0,200}}?\s{re.escape(target)}(?![\w.-])")
    return re.compile("|".join((*_OURS, *sorted(more))), re.MULTILINE)


def _is_make(file: str) -> bool:
    return file.lower() in ("makefile", "gnumakefile", "justfile") or file.endswith(".mk")


def _targets(text: str, ours: re.Pattern[str]) -> Iterator[str]:
    """Targets of a makefile whose recipe runs the check."""
    for match in ours.finditer(text):
        above = _TARGET.findall(text, 0, match.start())
        yield from above[-1:]


def _texts(files: Files) -> Iterator[tuple[str, str]]:
    """Files that may run a check, by name."""
    top = files.listing(".")
    names = [n for n in sorted(top) if n in _NAMES and top[n] is EntryKind.FILE]
    for folder in _FOLDERS:
        here = files.listing(folder) if folder.partition("/")[0] in top else {}
        fitting = sorted(n for n in here if n.endswith(_ENDINGS) and here[n] is EntryKind.FILE)
        names += [f"{folder}/{n}" for n in fitting[:MOST_FILES]]
    for folder in _ACTIONS:
        here = files.listing(folder) if folder.partition("/")[0] in top else {}
        for inner in sorted(n for n in here if here[n] is not EntryKind.FILE)[:MOST_FILES]:
            inside = files.listing(f"{folder}/{inner}")
            names += [
                f"{folder}/{inner}/{n}"
                for n, kind in sorted(inside.items())
                if kind is EntryKind.FILE
                and (n in ("action.yml", "action.yaml") or n.endswith(".sh"))
            ][:MOST_FILES]
    for name in names:
        try:
            data = files.read(name)
        except UnreadableFileError:
            continue
        if len(data) <= MAX_BYTES:
            yield name, data.decode("utf-8", "replace")


def _gate(name: str, text: str, ours: re.Pattern[str]) -> tuple[Any, Any]:
    """What of a file decides whether and how the check runs, and the steps before it."""
    if not ours.search(text):
        return None, None
    if not name.endswith((".yml", ".yaml")):
        lines = _CONTINUED.sub(" ", text).splitlines()
        return [line.strip() for line in lines if ours.search(line)], None
    try:
        document = plain_yaml("workflow", text.encode("utf-8", "replace"))
    except ComplianceError:
        return _blocks(text, ours), None
    if not isinstance(document, dict):
        return text, None
    before: list[object] = []
    chosen = {k: v for k, v in document.items() if _runs(v, ours)}
    if not chosen:
        return None, None  # a remark names it
    found = dict(_pruned(chosen, ours, before))
    todo = list(found.values())
    while todo:
        for name_ in _bases(todo.pop()):
            if name_ in document and name_ not in found:
                found[name_] = document[name_]
                todo.append(document[name_])
    return found | {k: v for k, v in document.items() if k in _ALWAYS and k not in found}, before


def _pruned(value: Any, ours: re.Pattern[str], before: list[object]) -> Any:  # noqa: ANN401 - YAML
    """A YAML value without the jobs, steps and hooks that do not run the check.

    Steps that run before it are added to `before`, without the versions of their actions.
    """
    if isinstance(value, dict):
        kept = {}
        for key, inner in value.items():
            if _runs(inner, ours):
                if key == "steps" and isinstance(inner, list):
                    last = max(n for n, step in enumerate(inner) if _runs(step, ours))
                    before += [_plain_step(x) for x in inner[:last] if not _runs(x, ours)]
                kept[key] = (
                    {k: _pruned(v, ours, before) for k, v in inner.items() if _runs(v, ours)}
                    if key == "jobs" and isinstance(inner, dict)
                    else _pruned(inner, ours, before)
                )
            elif key != "name":
                kept[key] = inner
        return kept
    if isinstance(value, list) and any(isinstance(v, dict) for v in value):
        return [_pruned(v, ours, before) for v in value if _runs(v, ours)]
    return value


def _runs(value: object, ours: re.Pattern[str]) -> bool:
    return ours.search(_words(value)) is not None


def _plain_step(step: object) -> object:
    """A step without its name and the version of its action."""
    if not isinstance(step, dict):
        return step
    return {
        k: v.partition("@")[0] if k == "uses" and isinstance(v, str) else v
        for k, v in step.items()
        if k != "name"
    }


def _bases(job: object) -> list[str]:
    """Jobs that a job of GitLab extends."""
    named = job.get("extends") if isinstance(job, dict) else None
    if isinstance(named, list):
        return [n for n in named if isinstance(n, str)]
    return [named] if isinstance(named, str) else []


def _blocks(text: str, ours: re.Pattern[str]) -> list[str]:
    """Of a file that is no plain YAML (`!reference`), the top-level blocks that run the check,
    and those that they name."""  # noqa: D205, D209
    blocks = re.split(r"^(?=[^\s#])", text, flags=re.MULTILINE)
    keys = [block.partition(":")[0].strip("'\" ") for block in blocks]
    names = [{k, *_ANCHOR.findall(b)} - {""} for k, b in zip(keys, blocks, strict=True)]
    fresh = {n for n, block in enumerate(blocks) if ours.search(block) or keys[n] in _ALWAYS}
    chosen: set[int] = set()
    while fresh:
        chosen |= fresh
        said = {word for n in fresh for word in _WORD.findall(blocks[n])}
        fresh = {n for n, own in enumerate(names) if n not in chosen and not own.isdisjoint(said)}
    return [blocks[n] for n in sorted(chosen)]


def _words(value: object) -> str:
    """All texts of a YAML value, a line each."""
    if isinstance(value, dict):
        return "\n".join(f"{k} {_words(v)}" if isinstance(v, str) else _words(v)
                         for k, v in value.items())  # fmt: skip
    if isinstance(value, list):
        return "\n".join(map(_words, value))
    return str(value)
