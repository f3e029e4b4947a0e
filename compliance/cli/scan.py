"""`compliance scan`: everything."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from compliance.cli import options, place
from compliance.cli.built import Built, read_built, with_built
from compliance.cli.memory import Delivery, keep, recall
from compliance.cli.progress import Progress
from compliance.cli.templates import UserTemplate, read_templates, render_template
from compliance.config import DEFAULT_FORMATS, BillScope, ScanOptions, ScanRequest
from compliance.errors import UsageError
from compliance.value import dataclass, replace

if TYPE_CHECKING:
    from compliance.report import ScanReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What shapes a delivery besides the request: formats, folder, and (width, colour)."""

    wanted: tuple[str, ...]
    folder: Path | None
    screen: tuple[int, bool]
    per_artifact: bool
    scope: BillScope
    templates: tuple[UserTemplate, ...] = ()
    built: tuple[Built, ...] = ()


@click.command("scan")
@click.argument("path", default=".")
@click.option(
    "-o", "out", metavar="DIR", help="Write the files of --format into DIR; - for stdout."
)
@click.option(
    "--format", "formats", metavar="LIST", help="Comma-separated; default: spdx-json,html,json."
)
@click.option(
    "--template", "templates", multiple=True, metavar="[FORMAT=]FILE",
    help="A jinja2 template of yours, written beside the formats; FORMAT= (html, notice-html) "
    "takes the place of ours.",
)  # fmt: skip
@click.option(
    "--built", multiple=True, metavar="ARTIFACT=FILE",
    help="The file built from an artifact: its name and digests go into the bills; repeatable.",
)  # fmt: skip
@click.option(
    "--per-artifact", is_flag=True, help="One bill of materials for each artifact besides."
)
@click.option(
    "--sbom-type",
    type=click.Choice(["build", "source"]),
    default="build",
    show_default=True,
    help="Bills list what is linked (build), or the whole build list, modules for tests and tools"
    " and the toolchain included (source).",
)
@click.option(
    "--compare",
    metavar="BINARY",
    help="Say in what a Go executable differs from the source; its settings choose the platform.",
)
@click.option(
    "--verify-vendor",
    is_flag=True,
    help="Fetch the published modules, to compare every vendored file with them.",
)
@options.build_flags
@options.policy_flags
@options.gate_flags
@options.fetch_flags
@options.talk_flags
def command(
    path: str,
    *,
    out: str | None,
    formats: str | None,
    templates: tuple[str, ...],
    built: tuple[str, ...],
    per_artifact: bool,
    **flags: Any,  # noqa: ANN401 - click's keywords
) -> int:
    """Scan a repository: graph, licenses, policy, SBOM, report.

    Without -o it prints the decision and writes nothing. Formats: spdx-json, spdx3-json,
    cyclonedx-json, cyclonedx17-json, spdx-tv, spdx-yaml, spdx-xml, html, json, sarif, markdown,
    notice, notice-md, notice-html, csv, xlsx, junit.
    """
    quiet = flags.pop("quiet")
    del flags["verbose"]
    scope: BillScope = flags.pop("sbom_type")
    plain, still = flags.pop("no_color"), flags.pop("no_progress")
    request = options.request_from(ScanOptions(path=path, **flags))
    own = read_templates(templates)
    wanted = _wanted(out, formats, own)
    request = replace(request, formats=(*wanted, *(t.replaces for t in own if t.replaces)))
    folder = _folder(out, request)
    screen = place.screen(plain=plain)
    shape = Shape(
        wanted=wanted, folder=folder, screen=screen, per_artifact=per_artifact, templates=own,
        built=read_built(built), scope=scope,
    )  # fmt: skip
    delivery = recall(request, (shape,))
    if delivery is None:
        progress = Progress(enabled=not (quiet or still))
        try:
            delivery = _run(request, shape, progress)
        finally:
            progress.done()
    if folder is not None:
        place.put(folder, dict(delivery.files))
    if out == "-":
        (only,) = delivery.files.values()
        sys.stdout.buffer.write(only)
        if delivery.outcome == "incomplete" and not quiet:
            click.echo(INCOMPLETE, err=True)
    elif not quiet:
        _print(delivery.text)
        if formats and out is None:
            click.echo(NOT_WRITTEN, err=True)
    sys.stdout.flush()
    return place.EXIT[delivery.outcome]


INCOMPLETE = (
    "compliance: incomplete: what is needed could not be read; a scan without -o, and the findings"
    " of --format json, list it"
)

NOT_WRITTEN = (
    "compliance: --format writes into the folder of -o, or with -o - to stdout; there is none"
)


def _print(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _wanted(
    out: str | None, formats: str | None, templates: tuple[UserTemplate, ...]
) -> tuple[str, ...]:
    """Formats that we write; those that a template of the user takes the place of are not."""
    from compliance.outputs import FORMATS

    if templates and out is None:
        raise UsageError("--template needs -o: a folder, or - for stdout")
    default = () if templates and out == "-" else DEFAULT_FORMATS
    names = tuple(f.strip() for f in formats.split(",")) if formats else default
    for name in names:
        if name not in FORMATS:
            import difflib

            near = difflib.get_close_matches(name, FORMATS, n=1)
            hint = f"; did you mean {near[0]}?" if near else f"; formats are {', '.join(FORMATS)}"
            raise UsageError(f"--format {name}: no such format{hint}")
    names = tuple(dict.fromkeys(n for n in names if n not in {t.replaces for t in templates}))
    if out == "-" and len(names) + len(templates) != 1:
        raise UsageError("-o - writes one document: name one format with --format")
    written = [FORMATS[n] for n in names] + [t.writes for t in templates]
    twice = next((w for w in written if written.count(w) > 1), None)
    if twice is not None:
        raise UsageError(f"--template: two outputs are called {twice}")
    return names if out is not None else ()


def _folder(out: str | None, request: ScanRequest) -> Path | None:
    """The folder of -o, created. Inside the scanned tree only if it was named as a path into it."""
    if out is None or out == "-":
        return None
    target = os.path.expanduser(out)  # noqa: PTH111 - pathlib raises where there is no such home
    if os.path.realpath(target) == request.root:
        raise UsageError(
            f"-o {out}: is the scanned folder itself; name a folder inside or elsewhere"
        )
    return place.output_folder(target)


def _run(request: ScanRequest, shape: Shape, progress: Progress) -> Delivery:
    """Scan, make the files and the text, and remember them for the next run."""
    from compliance.pipeline import DetectionWorker

    worker = DetectionWorker(request.cache)
    try:
        from compliance.outputs import prepare, render_all, render_terminal, report_document
        from compliance.pipeline import scan

        scanned = scan(request, progress.say, worker, lambda: prepare(shape.wanted))
    finally:
        worker.close()
    progress.say("writing")
    report = with_built(scanned.report, shape.built)
    made = render_all(shape.wanted, report, scope=shape.scope)
    files = {_file_name(name): data for name, data in made.items()}
    if shape.per_artifact:
        files |= _bills(shape.wanted, report)
    for template in shape.templates:
        files[template.writes] = render_template(template, report)
    written = [str(shape.folder / name) for name in files] if shape.folder else []
    width, color = shape.screen
    delivery = Delivery(
        files=files,
        text=render_terminal(report_document(report), width=width, color=color, files=written),
        outcome=report.gate.outcome,
    )
    if scanned.trace is not None:
        keep(request, (shape,), scanned.trace, delivery)
    return delivery


def _bills(wanted: tuple[str, ...], report: ScanReport) -> dict[str, bytes]:
    """`sbom.ARTIFACT.spdx.json` and the like, by file name."""
    from compliance.outputs import FORMATS, render_bill

    files = {}
    for name in wanted:
        stem, dot, rest = FORMATS[name].partition(".")
        if stem != "sbom":
            continue
        for item in report.artifacts:
            artifact = item.verdict.artifact.name
            plain = re.sub(r"[^A-Za-z0-9._-]+", "-", artifact)
            file = f"{stem}.{plain}{dot}{rest}"
            if file in files:  # two names that differ in what a file name cannot hold
                digest = hashlib.sha256(artifact.encode("utf-8", "surrogatepass")).hexdigest()
                file = f"{stem}.{plain}-{digest[:8]}{dot}{rest}"
            files[file] = render_bill(name, report, artifact=artifact)
    return files


def _file_name(name: str) -> str:
    from compliance.outputs import FORMATS

    return FORMATS[name]
