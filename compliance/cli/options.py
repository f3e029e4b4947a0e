"""Flags that several commands share, once."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any, TypeVar

import click

from compliance.config import FAIL_ON, PROFILES, ScanOptions, ScanRequest, scan_request

F = TypeVar("F", bound=Callable[..., Any])


def _apply(*options: Callable[[F], F]) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


json_flag = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")

_TALK = {
    ("-q", "--quiet"): "Print only what is asked for.",
    ("-v", "--verbose"): "Print more of what was found.",
    ("--no-color",): "No colours (NO_COLOR does the same).",
    ("--no-progress",): "No progress on stderr.",
}

talk_flags = _apply(
    *(click.option(*names, is_flag=True, help=text) for names, text in _TALK.items())
)


def take_talk_flags(command: click.Command) -> None:
    """Let a command and those below it take `talk_flags` where they have none of their own.

    A script may hand them to every command; where there is no progress, colour or more to tell,
    they change nothing, and --help does not list them.
    """
    if isinstance(command, click.Group):
        for each in command.commands.values():
            take_talk_flags(each)
        return
    known = {name for parameter in command.params for name in parameter.opts}
    for names in _TALK:
        left = [n for n in names if n not in known]
        if left == list(names):
            command.params.append(click.Option(left, is_flag=True, expose_value=False, hidden=True))


fetch_flags = _apply(
    click.option("--offline", is_flag=True, help="Use vendor/ and caches only."),
    click.option("--goproxy", metavar="LIST", help="Overrides GOPROXY for this run."),
    click.option(
        "--run-goauth",
        is_flag=True,
        envvar="COMPLIANCE_RUN_GOAUTH",
        help="Run the programs that GOAUTH names (`git DIR`, commands); netrc needs no program.",
    ),
)

build_flags = _apply(
    click.option(
        "--main", "mains", multiple=True, metavar="PKG",
        help="A main package (./cmd/x), repeatable. Default: every main of the main modules.",
    ),
    click.option(
        "--platform", "platforms", multiple=True, metavar="GOOS/GOARCH[,cgo|nocgo][,tag...]",
        help="Repeatable. Default: the host's, as `go env` would say.",
    ),
    click.option(
        "--matrix", metavar="FILE",
        help="Take main packages, platforms and tags from the builds of a .goreleaser.yaml.",
    ),
)  # fmt: skip

policy_flags = _apply(
    click.option(
        "--policy", "policies", multiple=True, metavar="FILE|PRESET",
        help="Repeatable, later wins; presets strict, common, cncf.",
    ),
    click.option("--profile", type=click.Choice(PROFILES),
                 help="Where all mains go, unless the policy declares deployments [on-prem]."),
    click.option("--outbound", metavar="EXPR", help="License of first-party code as shipped."),
    click.option("--as-of", metavar="DATE", help="Day for waivers and change dates [today]."),
)  # fmt: skip

limit_flag = _apply(
    click.option("--fail-on", type=click.Choice(FAIL_ON), default="block", show_default=True,
                 help="Least outcome that fails."),
)  # fmt: skip

gate_flags = _apply(
    click.option("--base", metavar="REV", help="Only what is new since this git revision fails."),
    click.option(
        "--policy-approved", multiple=True, metavar="DIGEST",
        help="The owner of the policy approved the edit with this digest (see policy-relaxed).",
    ),
    limit_flag,
)  # fmt: skip


def request_from(options: ScanOptions) -> ScanRequest:
    """The request of this command line, dated today (UTC)."""
    today = datetime.datetime.now(datetime.UTC).date()
    return scan_request(options, today=today)
