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

talk_flags = _apply(
    click.option("-q", "--quiet", is_flag=True, help="Print only what is asked for."),
    click.option("-v", "--verbose", is_flag=True, help="Print more of what was found."),
    click.option("--no-color", is_flag=True, help="No colours (NO_COLOR does the same)."),
    click.option("--no-progress", is_flag=True, help="No progress on stderr."),
)

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
        help="Repeatable, later wins; presets strict, common.",
    ),
    click.option("--profile", type=click.Choice(PROFILES), help="Where all mains go [on-prem]."),
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
