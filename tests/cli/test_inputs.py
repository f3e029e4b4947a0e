"""Files that the command line names, when they are something else than files."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from compliance.cli import place
from compliance.errors import LimitExceededError, UsageError
from tests.cli.conftest import Run

COMMANDS: tuple[tuple[str, ...], ...] = (
    ("gate", "FILE"),
    ("drift", "FILE", "."),
    ("waivers", "new", "FILE"),
    ("waivers", "list", "FILE"),
    ("waivers", "cncf", "FILE", "FILE"),
    ("policy", "check", "FILE"),
    ("policy", "explain", "FILE"),
    ("policy", "test", "FILE"),
    ("sbom", "validate", "FILE"),
    ("sbom", "diff", "FILE", "FILE"),
)


def missing(at: Path) -> Path:
    return at / "none"


def folder(at: Path) -> Path:
    at.joinpath("folder").mkdir()
    return at / "folder"


def fifo(at: Path) -> Path:
    os.mkfifo(at / "fifo")
    return at / "fifo"


def endless(at: Path) -> Path:
    at.joinpath("zero").symlink_to("/dev/zero")
    return at / "zero"


def sparse(at: Path) -> Path:
    with at.joinpath("sparse").open("wb") as file:
        file.truncate(1 << 30)
    return at / "sparse"


def loop(at: Path) -> Path:
    at.joinpath("loop").symlink_to("loop")
    return at / "loop"


@pytest.mark.parametrize("make", [missing, folder, fifo, endless, sparse, loop])
@pytest.mark.parametrize("words", COMMANDS, ids=lambda w: " ".join(w[:-1]))
def test_what_is_no_file_ends_at_once_with_a_message_that_names_it(
    run: Run, tmp_path: Path, words: tuple[str, ...], make: Callable[[Path], Path]
) -> None:
    file = make(tmp_path)
    done = run(*(file if w == "FILE" else w for w in words))
    assert done.returncode in (2, 3)
    assert str(file) in done.stderr
    assert not done.stdout
    assert "defect" not in done.stderr
    assert len(done.stderr.splitlines()) <= 3


@pytest.mark.parametrize("words", [("gate", "FILE"), ("sbom", "validate", "FILE")])
def test_a_device_that_never_ends_stays_within_memory(
    peak: Callable[..., int], words: tuple[str, ...]
) -> None:
    used = peak(*("/dev/zero" if w == "FILE" else w for w in words))
    assert used < (1 << 20), f"{used} KiB"


def test_a_report_of_nothing_but_brackets_stays_within_memory(
    peak: Callable[..., int], tmp_path: Path
) -> None:
    file = tmp_path / "brackets.json"
    file.write_bytes(b"[" + b"{}," * 20_000_000 + b"{}]")
    assert peak("gate", file) < (1 << 20)


def test_a_pipe_that_pauses_is_read_to_its_end() -> None:
    text = json.dumps(list(range(100_000))).encode()
    reading, writing = os.pipe()

    def write() -> None:
        with os.fdopen(writing, "wb") as out:
            out.write(text[:10])
            out.flush()
            time.sleep(0.2)
            out.write(text[10:])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert place.read_file(f"/dev/fd/{reading}", "", 1 << 20) == text
    finally:
        writer.join()
        os.close(reading)


def test_a_silent_pipe_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "STILL_SECONDS", 0.05)
    pipe = fifo(tmp_path)
    holder = os.open(pipe, os.O_RDWR)
    try:
        with pytest.raises(UsageError, match="nothing came"):
            place.read_file(str(pipe), "--policy", 1 << 20)
    finally:
        os.close(holder)


def test_the_limit_itself_is_allowed_and_one_byte_more_is_not(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * 2048)
    assert len(place.read_file(str(file), "", 2048)) == 2048
    with pytest.raises(LimitExceededError, match="larger than 1 kB"):
        place.read_file(str(file), "--template", 2047)


@pytest.mark.parametrize("words", [
    ("waivers", "expiring", "FILE", "--days", "99999999999"),
    ("waivers", "expiring", "FILE", "--as-of", "9999-12-31"),
    ("policy", "check", "FILE"),
])  # fmt: skip
def test_days_at_the_end_of_the_calendar_are_days(
    run: Run, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "base.yaml").write_text("version: 1\nextends: strict\n")
    file = tmp_path / "policy.yaml"
    file.write_text(
        "version: 1\nextends: base.yaml\nwaivers:\n"
        "  - {id: W-1, covers: {rule: relink, component: example.com/x/y, artifact: a,"
        " license: LGPL-3.0-only}, state: granted, owner: a, approver: b, reason: c,"
        " created: 9999-12-30, expires: 9999-12-31}\n"
    )
    done = run(*(file if w == "FILE" else w for w in words))
    assert (done.returncode, done.stderr) == (int(words[0] == "waivers"), "")


@pytest.mark.parametrize("option", ["--policy", "--matrix"])
@pytest.mark.parametrize(("make", "why"), [
    (missing, "No such file"), (folder, "not a regular file"), (fifo, "not a regular file"),
    (endless, "not a regular file"), (sparse, "limit"), (loop, "Too many levels"),
])  # fmt: skip
def test_scan_says_why_a_file_of_an_option_cannot_be_read(
    run: Run, tmp_path: Path, example: Path, option: str, make: Callable[[Path], Path], why: str
) -> None:
    file = make(tmp_path)
    done = run("scan", example, option, file)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{option} {file}: " in done.stderr
    assert why in done.stderr


def test_a_policy_may_be_a_link_and_its_target_may_change(
    run: Run, tmp_path: Path, example: Path
) -> None:
    for name in ("common", "strict"):
        (tmp_path / f"{name}.yaml").write_text(f"version: 1\nextends: {name}\n")
    link = tmp_path / "current.yaml"
    said = []
    for name in ("common", "strict", "common"):
        link.unlink(missing_ok=True)
        link.symlink_to(f"{name}.yaml")
        said.append(" ".join(run("scan", example, "--policy", link).stdout.split()))
    assert "preset common" in said[0]
    assert "preset strict" in said[1]
    assert said[2] == said[0]


def test_an_output_folder_in_a_loop_of_links_is_refused(
    run: Run, tmp_path: Path, example: Path
) -> None:
    done = run("scan", example, "-o", loop(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert "is a link" in done.stderr


def test_a_relative_home_is_none(run: Run, tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module m.example\n\ngo 1.22\n", "utf-8")
    (tmp_path / "main.go").write_text("package main\n\nfunc main() {}\n", "utf-8")
    done = run("scan", ".", HOME="home", COMPLIANCE_CACHE="", XDG_CACHE_HOME="cache")
    assert done.returncode == 0
    assert {p.name for p in tmp_path.iterdir()} == {"go.mod", "main.go"}


@pytest.mark.parametrize("words", [("scan", "~nobody-here"), ("scan", ".", "-o", "~nobody-here/x")])
def test_the_home_of_nobody_is_a_name_like_any_other(
    run: Run, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "go.mod").write_text("module m.example\n\ngo 1.22\n")
    (tmp_path / "main.go").write_text("package main\n\nfunc main() {}\n")
    done = run(*words, "--fail-on", "never")
    assert "defect" not in done.stderr
    assert done.returncode in (0, 2)


def test_a_huge_file_that_is_no_program_stays_within_memory(
    peak: Callable[..., int], tmp_path: Path
) -> None:
    assert peak("modules", sparse(tmp_path)) < 400 << 10


def test_a_report_that_names_a_file_of_no_known_encoding_is_decided(
    run: Run, tmp_path: Path, example: Path
) -> None:
    out = tmp_path / "out"
    run("scan", example, "-o", out, "--format", "json")
    report = json.loads((out / "report.json").read_text("utf-8"))
    report["subject"]["path"] = "caf\udce9"
    (out / "report.json").write_text(json.dumps(report), "utf-8")
    done = run("gate", out / "report.json")
    assert (done.returncode, done.stderr) == (1, "")


def test_a_message_that_quotes_the_input_stays_short(run: Run, tmp_path: Path) -> None:
    bill = tmp_path / "bill.spdx"
    bill.write_text("SPDXVersion: SPDX-2.3\nPackageName: x\n" + "A" * 100_000 + ": y\n")
    done = run("sbom", "validate", bill)
    assert done.returncode == 3
    assert max(map(len, done.stderr.splitlines())) < 1100


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize(("words", "status"), [
    ("schema cache", 0), ("policy show common", 0), ("scan nowhere", 2), ("cache info", 0),
])  # fmt: skip
def test_a_stream_that_the_caller_closed_changes_no_exit_code(
    tmp_path: Path, repository: Path, words: str, status: int, closed: str
) -> None:
    done = subprocess.run(
        ["sh", "-c", f'"$0" -m compliance {words} {closed}', sys.executable],
        capture_output=True, text=True, cwd=tmp_path, timeout=60, check=False,
        env={**os.environ, "PYTHONPATH": str(repository), "HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == status
    assert "Traceback" not in done.stderr
    assert "defect" not in done.stderr


@pytest.mark.parametrize("gone", ["stdout", "stderr"])
@pytest.mark.parametrize("case", [
    ("scan EXAMPLE -o - --format json", 1), ("gate OUT/report.json", 1),
    ("policy check EXAMPLE/go.mod", 2), ("cash", 2), ("cache info", 0),
])  # fmt: skip
def test_a_reader_that_went_away_changes_no_exit_code(
    run: Run, tmp_path: Path, repository: Path, example: Path, case: tuple[str, int], gone: str
) -> None:
    words, status = case
    out = tmp_path / "out"
    if "OUT" in words:
        run("scan", example, "-o", out, "--format", "json")
    reader, writer = os.pipe()
    os.close(reader)
    told = words.replace("EXAMPLE", str(example)).replace("OUT", str(out)).split()
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, gone: writer}
    done = subprocess.run(
        [sys.executable, "-m", "compliance", *told], **streams, cwd=tmp_path, timeout=60,
        check=False, env={**os.environ, "PYTHONPATH": str(repository), "HOME": str(tmp_path)},
    )  # fmt: skip
    os.close(writer)
    assert done.returncode == status


def test_a_full_disk_behind_stderr_is_no_verdict() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "compliance", "cash"], stderr=full, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 2


def test_what_cannot_be_read_is_named_once(run: Run, tmp_path: Path) -> None:
    repo = tmp_path / "repo"
    (repo / "vendor").mkdir(parents=True)
    (repo / "go.mod").symlink_to("/dev/zero")
    done = run("scan", repo)
    assert done.returncode == 3
    assert done.stderr.count("go.mod") == 1
    (repo / "go.mod").unlink()
    (repo / "go.mod").write_text("module m.example\n\ngo 1.22\n")
    (repo / "main.go").write_text("package main\n\nfunc main() {}\n")
    (repo / "LICENSE").symlink_to("/dev/zero")
    done = run("scan", repo)
    text = " ".join(done.stdout.split())
    assert done.returncode == 3
    assert "LICENSE could not be read (a link that leaves the tree), so its license" in text


@pytest.mark.parametrize(("term", "colours"), [("xterm", True), ("dumb", False)])
def test_a_dumb_terminal_gets_no_control_sequence(
    tmp_path: Path, repository: Path, example: Path, term: str, colours: bool
) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "compliance", "scan", str(example)],
        stdout=theirs, stderr=theirs, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(repository), "HOME": str(tmp_path), "TERM": term,
             "GOPROXY": "off"},
    )  # fmt: skip
    os.close(theirs)
    said = b""
    with contextlib.suppress(OSError):  # EIO: the other side is closed
        while piece := os.read(ours, 1 << 16):
            said += piece
    os.close(ours)
    assert process.wait(timeout=60) == 1
    assert b"NOT CLEARED" in said
    assert (b"\x1b" in said) == colours


@pytest.mark.parametrize(("given", "said"), [
    ("MIT AND", "is no SPDX license expression"), ("GPLv3", "did you mean GPL-3.0-only"),
    ("Foo", "Foo"), ("", "is no SPDX license expression"), ("NOASSERTION", "NOASSERTION"),
])  # fmt: skip
def test_an_outbound_license_that_nobody_knows_is_wrong_usage(
    run: Run, tmp_path: Path, given: str, said: str
) -> None:
    (tmp_path / "go.mod").write_text("module m.example\n\ngo 1.22\n")
    (tmp_path / "main.go").write_text("package main\n\nfunc main() {}\n")
    done = run("scan", ".", "--outbound", given)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--outbound: " in done.stderr
    assert said in done.stderr


@pytest.mark.parametrize("given", ["proprietary", "mit", "MIT OR Apache-2.0", "LicenseRef-own"])
def test_an_outbound_license_is_spelled_as_spdx_does(run: Run, tmp_path: Path, given: str) -> None:
    (tmp_path / "go.mod").write_text("module m.example\n\ngo 1.22\n")
    (tmp_path / "main.go").write_text("package main\n\nfunc main() {}\n")
    done = run("scan", ".", "--outbound", given, "-o", "-", "--format", "json")
    spelled = {"proprietary": "LicenseRef-proprietary", "mit": "MIT"}
    (artifact,) = json.loads(done.stdout)["artifacts"]
    assert artifact["outbound"] == spelled.get(given, given)


@pytest.mark.parametrize("option", ["-o", "--policy", "--matrix"])
def test_an_empty_name_is_no_name_of_the_current_folder(
    run: Run, tmp_path: Path, example: Path, option: str
) -> None:
    before = sorted(tmp_path.iterdir())
    done = run("scan", example, option, "")
    assert (done.returncode, done.stdout) == (2, "")
    assert option in done.stderr
    assert [p for p in sorted(tmp_path.iterdir()) if p.suffix in (".json", ".html")] == []
    assert before
