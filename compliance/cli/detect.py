"""`compliance detect`: what files say."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from compliance.cli import options, place
from compliance.cli.memory import Delivery, detect_key, keep_at, print_out, recall_at
from compliance.cli.progress import Progress
from compliance.config import own_cache
from compliance.errors import UsageError
from compliance.value import dataclass

if TYPE_CHECKING:
    from compliance.findings import Finding
    from compliance.pipeline import TreeLicenses

STDIN = "-"
_UNREAD = frozenset({"file-unreadable", "limit-exceeded"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Show:
    """What shapes the output beside what was found; `screen` as of `place.screen`."""

    as_json: bool
    diff: bool
    verbose: bool
    screen: tuple[int, bool]
    terminal: bool


@click.command("detect")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@options.json_flag
@click.option("--diff", "show_diff", is_flag=True, help="Changed words against the license text.")
@options.talk_flags
def command(paths: tuple[str, ...], *, as_json: bool, show_diff: bool, **flags: Any) -> int:  # noqa: ANN401 - click's keywords
    """Find licenses and copyright in files and trees of any language.

    Shows the files that name a license, and on a terminal, of many, those that need a look; -v
    lists every file with its matches and copyright statements. PATH may be - for a text on stdin.
    Ends with 3 when a file could not be read.
    """
    if as_json and show_diff:
        raise UsageError("--diff is for people to read; leave out --json")
    show = _Show(
        as_json=as_json, diff=show_diff, verbose=flags["verbose"],
        screen=place.screen(plain=flags["no_color"]), terminal=sys.stdout.isatty(),
    )  # fmt: skip
    cache, key = own_cache(), detect_key(paths, (show,))
    delivery = recall_at(cache, key) if STDIN not in paths else None
    if delivery is None:
        progress = Progress(enabled=not (flags["quiet"] or flags["no_progress"]))
        try:
            delivery = _run(paths, show, progress, cache, key)
        finally:
            progress.done()
    return print_out(delivery, quiet=flags["quiet"])


def _run(
    paths: tuple[str, ...], show: _Show, progress: Progress, cache: str, key: bytes
) -> Delivery:
    """Read, and remember a complete answer for the next run."""
    from compliance.pipeline import detect_paths
    from compliance.sources import MAX_FILE_BYTES, Trace

    trace = Trace()
    stdin = sys.stdin.buffer.read(MAX_FILE_BYTES) if STDIN in paths else None
    found = detect_paths(paths, progress.say, cache=cache, trace=trace, stdin=stdin)
    notes = [note for tree in found for note in tree.findings]
    every = (*notes, *(note for tree in found for file in tree.files for note in file.findings))
    delivery = Delivery(
        files={"stdout": _document(found, notes, show)},
        text=place.findings_text(every),
        outcome="incomplete" if any(f.code in _UNREAD for f in every) else "pass",
    )
    if delivery.outcome == "pass" and STDIN not in paths:
        keep_at(cache, key, trace, delivery)
    return delivery


def _document(found: tuple[TreeLicenses, ...], notes: list[Finding], show: _Show) -> bytes:
    from compliance.outputs import detect_document, json_bytes, render_changes, render_detection

    width, color = show.screen
    files = [file for tree in found for file in tree.files]
    if show.as_json:
        return json_bytes(detect_document(files, notes))
    if show.diff:
        from compliance.pipeline import text_changes

        text = render_changes(text_changes(found), width=width, color=color)
    else:
        columns = width if show.terminal else None
        text = render_detection(files, width=columns, color=color, verbose=show.verbose)
    return text.encode(sys.stdout.encoding or "utf-8", "backslashreplace")
