"""Build lists against the go command: its own test modules, workspaces, random universes."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance.golang import ModuleVersion, WorkspaceSettings, compare_go_versions, parse_mod_file
from tests.oracle.goworld import GO, Answer, Go, Situation, Universe, assert_same

pytestmark = [pytest.mark.oracle, pytest.mark.skipif(GO is None, reason="no go command")]

LOCAL_GO = "1.26"
SETTINGS = settings(
    derandomize=True,
    deadline=None,
    max_examples=60,
    database=None,
    suppress_health_check=list(HealthCheck),
)
MAIN = "example.org/main"
GO_LINES = ("", "go 1.13", "go 1.16", "go 1.17", "go 1.20", "go 1.21", "go 1.26")
TOOLCHAINS = ("", "", "", "toolchain go1.26.1", "toolchain default", "toolchain go1.20")


class Court:
    """A universe with the go command in front of it; each case gets a folder of its own."""

    def __init__(self, scratch: Path, universe: Universe) -> None:
        self.universe = universe
        self._scratch = scratch
        self._go = Go(scratch / "go", universe)
        self._numbers = itertools.count()

    def judge(self, case: Situation) -> tuple[Answer, Answer]:
        place = self._scratch / str(next(self._numbers))
        theirs = case.theirs(self._go, place)
        shutil.rmtree(place, ignore_errors=True)
        return case.ours(self.universe), theirs


def _needs_newer_go(gomod: bytes) -> bool:
    """The go command would download another toolchain for it, which no test does."""
    go = parse_mod_file(gomod, file="go.mod", strict=False).go
    return go is not None and compare_go_versions(go, LOCAL_GO) > 0


@pytest.fixture(scope="module")
def court(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Court]:
    scratch = tmp_path_factory.mktemp("goroot")
    universe = Universe.of_goroot()
    for id_, gomod in list(universe.gomods.items()):
        if id_.path == "golang.org/toolchain" or _needs_newer_go(gomod):
            del universe.gomods[id_]
    yield Court(scratch, universe)
    shutil.rmtree(scratch, ignore_errors=True)


def test_each_module_of_the_go_commands_tests_selects_alike(court: Court) -> None:
    for index, id_ in enumerate(sorted(court.universe.gomods)):
        go = f"go 1.{(15, 16, 17, 20, 26)[index % 5]}"
        text = f"module {MAIN}\n{go}\nrequire {id_.path} {id_.version}\n"
        mod = ("", "mod")[index % 2]
        case = Situation({"go.mod": text}, settings=WorkspaceSettings(mod=mod))
        ours, theirs = court.judge(case)
        assert_same(_comparable(ours, text, mod), _comparable(theirs, text, mod), case.files)


def _comparable(answer: Answer, gomod: str, mod: str) -> Answer:
    """Edges of -mod=mod below go 1.17 follow a go.mod that the go command has rewritten."""
    rewritten = mod == "mod" and ("go 1.1" in gomod and "go 1.17" not in gomod)
    return replace(answer, edges=frozenset()) if rewritten else answer


@st.composite
def requirements(draw: st.DrawFn, ids: list[ModuleVersion], most: int) -> str:
    chosen = draw(st.lists(st.sampled_from(ids), max_size=most))
    marks = draw(st.lists(st.sampled_from(("", " // indirect")), min_size=most, max_size=most))
    lines = [f"\t{i.path} {i.version}{mark}\n" for i, mark in zip(chosen, marks, strict=False)]
    return f"require (\n{''.join(lines)})\n"


@st.composite
def overrides(draw: st.DrawFn, ids: list[ModuleVersion], folders: tuple[str, ...]) -> str:
    """Excludes and replaces, of each at most two."""
    text = ""
    for id_ in draw(st.lists(st.sampled_from(ids), max_size=2)):
        text += f"exclude {id_.path} {id_.version}\n"
    for old in draw(st.lists(st.sampled_from(ids), max_size=2, unique_by=lambda i: i.path)):
        new = draw(st.sampled_from(ids))
        target = draw(st.sampled_from((f"{new.path} {new.version}", *folders)))
        version = draw(st.sampled_from(("", f" {old.version}")))
        text += f"replace {old.path}{version} => {target}\n"
    return text


@st.composite
def modules(draw: st.DrawFn, ids: list[ModuleVersion], path: str) -> str:
    go, toolchain = draw(st.sampled_from(GO_LINES)), draw(st.sampled_from(TOOLCHAINS))
    rest = draw(overrides(ids, ("./local", "../beside", "./missing")))
    return f"module {path}\n{go}\n{toolchain}\n{draw(requirements(ids, 4))}{rest}"


LOCAL = {"local/go.mod": "module example.com/other\ngo 1.18\nrequire rsc.io/quote v1.5.2\n"}
BESIDE = {"beside/go.mod": "go 1.16\nrequire rsc.io/sampler v1.3.1\n"}


@SETTINGS
@given(st.data())
def test_modules_with_replaces_and_excludes_select_alike(court: Court, data: st.DataObject) -> None:
    text = data.draw(modules(sorted(court.universe.gomods), MAIN))
    mod = data.draw(st.sampled_from(("", "readonly", "mod" if "\ngo 1" in text else "")))
    case = Situation({"go.mod": text, **LOCAL}, around=BESIDE, settings=WorkspaceSettings(mod=mod))
    ours, theirs = court.judge(case)
    assert_same(_comparable(ours, text, mod), _comparable(theirs, text, mod), text)


USES = ("a", "b", "deep/c", "../beyond")


@st.composite
def workspaces(draw: st.DrawFn, ids: list[ModuleVersion]) -> Situation:
    files, around = dict(LOCAL), dict(BESIDE)
    uses = draw(st.lists(st.sampled_from(USES), min_size=1, max_size=4, unique=True))
    go = draw(st.sampled_from(("", "go 1.18", "go 1.21", "go 1.26\ntoolchain go1.26.2")))
    paths = ("example.org/{}", "example.org/{}", "rsc.io/quote", "example.com/stack")
    for use in uses:
        path = draw(st.sampled_from(paths)).format(use.strip("./"))
        place = around if use.startswith("..") else files
        place[f"{use.removeprefix('../')}/go.mod"] = draw(modules(ids, path))
    files["a/local/go.mod"] = "module example.com/x\nrequire rsc.io/quote v1.5.1\n"
    lines = "".join(f"use {'' if u.startswith('..') else './'}{u}\n" for u in uses)
    rest = draw(overrides(ids, ("./local", "./a/local", "../beside")))
    replaces = "".join(x for x in rest.splitlines(True) if x.startswith("replace"))
    files["go.work"] = f"{go}\n{lines}{replaces}"
    return Situation(files, around=around, folder=draw(st.sampled_from((".", "local"))))


@SETTINGS
@given(st.data())
def test_workspaces_select_alike(court: Court, data: st.DataObject) -> None:
    case = data.draw(workspaces(sorted(court.universe.gomods)))
    assert_same(*court.judge(case), case)


def test_gowork_off_and_gowork_by_path_count(court: Court, tmp_path: Path) -> None:
    files = {
        "go.work": "go 1.21\nuse ./a\n",
        "other.work": "go 1.21\nuse (\n\t./a\n\t./b\n)\n",
        "a/go.mod": "module example.org/a\ngo 1.21\nrequire rsc.io/quote v1.5.1\n",
        "b/go.mod": "module example.org/b\ngo 1.21\nrequire rsc.io/quote v1.5.2\n",
    }
    go = Go(tmp_path / "go", court.universe)
    for gowork, count in (("off", 1), ("", 1), ("other.work", 2)):
        case = Situation(files, folder="a", settings=WorkspaceSettings(gowork=gowork))
        ours = case.ours(court.universe)
        place = tmp_path / f"case{gowork}"
        absolute = str(place / "repo" / gowork) if gowork == "other.work" else gowork
        there = replace(case, settings=WorkspaceSettings(gowork=absolute))
        assert_same(ours, there.theirs(go, place), gowork)
        assert sum(m.main for m in ours.modules) == count or ours.refusal


@st.composite
def universes(draw: st.DrawFn) -> Universe:
    """Small worlds full of cycles, mixed pruning, pre-releases and major versions."""
    universe = Universe()
    paths = [f"x.io/m{n}" for n in range(draw(st.integers(2, 6)))] + ["x.io/m0/v2"]
    ids = [
        ModuleVersion(p, f"v2{v[2:]}" if p.endswith("/v2") else v)
        for p in paths
        for v in ("v1.0.0", "v1.2.0-rc.1", "v1.2.0", "v1.10.0")
    ]
    lines = st.sampled_from(("", "go 1.16", "go 1.17", "go 1.17", "go 1.20", "go 1.21"))
    for id_ in ids:
        requires = draw(st.lists(st.sampled_from(ids), max_size=3))
        body = "".join(f"require {r.path} {r.version}\n" for r in requires)
        universe.add(id_.path, id_.version, f"module {id_.path}\n{draw(lines)}\n{body}")
    return universe


@SETTINGS
@given(st.data())
def test_random_universes_select_alike(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    universe = data.draw(universes())
    scratch = tmp_path_factory.mktemp("random")
    court = Court(scratch, universe)
    ids = sorted(universe.gomods)
    text = data.draw(modules(ids, MAIN)).replace("../beside", "./local")
    mod = data.draw(st.sampled_from(("", "mod" if "\ngo 1" in text else "")))
    files = {"go.mod": text, "local/go.mod": f"module {ids[0].path}\ngo 1.16\n"}
    case = Situation(files, settings=WorkspaceSettings(mod=mod))
    ours, theirs = court.judge(case)
    assert_same(_comparable(ours, text, mod), _comparable(theirs, text, mod), text)
    shutil.rmtree(scratch, ignore_errors=True)
