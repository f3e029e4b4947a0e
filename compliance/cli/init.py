"""`compliance init`: a first .compliance.yaml, for people to finish."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from compliance.cli import options, place
from compliance.cli.progress import Progress
from compliance.config import ScanOptions
from compliance.errors import UsageError

FACTS = ".compliance.yaml"


@click.command("init")
@click.argument("path", default=".")
@click.option("--write", is_flag=True, help="Write PATH/.compliance.yaml instead of printing it.")
@click.option("--force", is_flag=True, help="With --write: replace a file that is there.")
@options.fetch_flags
@options.talk_flags
def command(path: str, *, write: bool, force: bool, **flags: Any) -> int:  # noqa: ANN401 - click's keywords
    """Propose a .compliance.yaml: what is built and where it goes, and what to ask about it.

    Reads main packages, .goreleaser.yaml, Dockerfiles, Makefiles, license files and what the code
    starts or connects to. Prints the proposal; writes nothing unless told to.
    """
    quiet, still = flags.pop("quiet"), flags.pop("no_progress")
    del flags["verbose"], flags["no_color"]
    target = Path(path) / FACTS
    if write and target.exists() and not force:
        raise UsageError(f"{target}: is there already; --force replaces it")
    from compliance.pipeline import propose

    request = options.request_from(ScanOptions(path=path, **flags))
    progress = Progress(enabled=not (quiet or still))
    try:
        proposal = propose(request, progress.say)
    finally:
        progress.done()
    if not write:
        sys.stdout.write("".join(place.printable(x) + "\n" for x in proposal.text.splitlines()))
        return 0
    place.put(Path(request.root), {FACTS: proposal.text.encode()})
    if not quiet:
        count = f"{_count(proposal.deployments, 'deployment')}, " + _count(
            proposal.questions, "question"
        )
        print(place.printable(f"wrote {target}: {count}; read the lines with ?"))
    return 0


def _count(number: int, one: str) -> str:
    return f"{number} {one}{'' if number == 1 else 's'}"
