"""Settings of the go command: order of the sources, and what never counts."""

from __future__ import annotations

import pytest

from compliance.errors import UsageError
from compliance.sources import go_settings
from compliance.sources.goflags import parse_goflags


@pytest.fixture
def tree(tmp_path):
    """A Go tree and a home."""
    root = tmp_path / "go1"
    (root / "bin").mkdir(parents=True)
    (root / "src").mkdir()
    (root / "pkg" / "tool" / "plan9_arm").mkdir(parents=True)
    (root / "bin" / "go").write_text("")
    (root / "bin" / "go").chmod(0o755)
    (root / "VERSION").write_text("go1.99.3\ntime 2030-01-01T00:00:00Z\n")
    (root / "go.env").write_text("# comment\nGOPROXY=https://root.example\nGOSUMDB=sum.example\n")
    (tmp_path / "home" / ".config" / "go").mkdir(parents=True)
    return tmp_path


def read(tree, *, untrusted=(), user="", **environ):
    (tree / "home" / ".config" / "go" / "env").write_text(user)
    base = {"PATH": str(tree / "go1" / "bin")}
    return go_settings({**base, **environ}, str(tree / "home"), untrusted=untrusted)


def test_environment_before_user_before_installation(tree):
    file = str(tree / "home" / ".config" / "go" / "env")
    first = read(tree)
    assert (first.get("GOPROXY"), first.origin("GOPROXY")) == (
        "https://root.example", str(tree / "go1" / "go.env"),
    )  # fmt: skip
    second = read(tree, user="GOPROXY=https://user.example\n")
    assert (second.get("GOPROXY"), second.origin("GOPROXY")) == ("https://user.example", file)
    third = read(tree, user="GOPROXY=https://user.example\n", GOPROXY="off")
    assert (third.get("GOPROXY"), third.origin("GOPROXY")) == ("off", "environment")


def test_the_installation_is_found_through_path(tree):
    settings = read(tree)
    assert settings.goroot == str(tree / "go1")
    assert settings.go_version == "1.99.3"
    assert settings.host == ("plan9", "arm")
    assert settings.standard_library == str(tree / "go1" / "src")


def test_a_link_on_path_leads_to_the_installation(tree):
    (tree / "bin").mkdir()
    (tree / "bin" / "go").symlink_to(tree / "go1" / "bin" / "go")
    assert read(tree, PATH=f"relative:{tree}/bin").goroot == str(tree / "go1")


def test_an_installation_inside_the_scanned_repository_never_counts(tree):
    repository = str(tree / "go1")
    for environ in ({}, {"GOROOT": str(tree / "go1")}):
        settings = read(tree, untrusted=(repository,), **environ)
        assert settings.goroot != str(tree / "go1")
        assert "root.example" not in settings.get("GOPROXY")


def test_a_relative_path_entry_never_counts(tree, monkeypatch):
    monkeypatch.chdir(tree / "go1")
    assert read(tree, PATH="bin:.").goroot != str(tree / "go1")


def test_without_an_installation_nothing_is_built_in(tree):
    settings = read(tree, GOROOT="/nonexistent")
    assert (settings.goroot, settings.go_version, settings.standard_library) == (None, "", None)
    assert settings.get("GOPROXY") == settings.get("GOSUMDB") == ""
    assert settings.origin("GOPROXY") == "not set"


def test_the_goproxy_of_one_run(tree):
    settings = read(tree).with_goproxy("off", "--goproxy")
    assert (settings.get("GOPROXY"), settings.origin("GOPROXY")) == ("off", "--goproxy")


def test_credentials_are_not_shown(tree):
    settings = read(tree, GOPROXY="https://me:hunter2@a.example|https://b.example,direct")
    assert settings.values["GOPROXY"].shown == "https://a.example|https://b.example,direct"


def test_keys_of_databases_come_from_the_installation(tree):
    source = tree / "go1" / "src" / "cmd" / "go" / "internal" / "modfetch"
    source.mkdir(parents=True)
    (source / "key.go").write_text(
        'var knownGOSUMDB = map[string]string{\n\t"sum.example": "sum.example+0123abcd+AbCd=",\n}\n'
    )
    assert read(tree).known_keys == {"sum.example": "sum.example+0123abcd+AbCd="}


@pytest.mark.parametrize(
    ("text", "mod", "tags"),
    [
        ("", "", ()),
        ("-mod=vendor", "vendor", ()),
        ("--mod=mod -mod=readonly", "readonly", ()),
        ("-tags=b,a -x", "", ("a", "b")),
        ("'-tags=b a' \"-mod=mod\"", "mod", ("a", "b")),
        (" -trimpath\t-mod=mod ", "mod", ()),
        ("-tags='a'", "", ("a",)),
        ('"-tags=a,b c" -x', "", ("a,b", "c")),
    ],
)
def test_goflags(text, mod, tags):
    flags = parse_goflags(text, "test")
    assert (flags.mod, flags.tags) == (mod, tags)


@pytest.mark.parametrize("text", ["mod=vendor", "-", "--", "---x", "-=x", "'-tags=a", '-x "-y'])
def test_goflags_that_are_none(text):
    with pytest.raises(UsageError, match="GOFLAGS"):
        parse_goflags(text, "test")
