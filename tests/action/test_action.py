"""The steps of the action in the environment that a runner gives them, on a real git repository."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
TOKEN = "-".join(("secret", "token"))
SCRIPT = REPOSITORY / ".github" / "action" / "scan.sh"


@pytest.fixture
def change(tmp_path: Path) -> Path:
    """The example, committed, and then a new import of the driver."""
    folder = Path(shutil.copytree(REPOSITORY / "examples" / "control-plane", tmp_path / "repo"))
    for words in (("init", "-q"), ("add", "-A", "-f"), ("commit", "-q", "-m", "base")):
        subprocess.run(
            ["git", "-c", "user.email=a@b.example", "-c", "user.name=A", *words],
            cwd=folder, check=True,
        )  # fmt: skip
    extra = folder / "cmd" / "node-agent" / "more.go"
    extra.write_text('package main\n\nimport _ "drivers.example/acceldrv"\n', "utf-8")
    return folder


class Api(BaseHTTPRequestHandler):
    """The comments of one pull request, as GitHub keeps them; `status` refuses every write."""

    comments: ClassVar[list[dict[str, Any]]] = []
    calls: ClassVar[list[tuple[str, str]]] = []
    status: ClassVar[int] = 200

    def answer(self, status: int, value: object) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        self.calls.append(("GET", self.path))
        page = int(self.path.rsplit("=", 1)[1])
        self.answer(200, self.comments[(page - 1) * 100 : page * 100])

    def write(self) -> None:
        self.calls.append((self.command, self.path))
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["body"]
        assert self.headers["Authorization"] == f"Bearer {TOKEN}"
        mine = [c for c in self.comments if self.path.endswith(f"/{c['id']}")]
        if self.status != 200 or (mine and mine[0].get("locked")):
            self.answer(self.status if self.status != 200 else 403, {"message": "no"})
        elif mine:
            mine[0]["body"] = body
            self.answer(200, mine[0])
        else:
            self.comments.append({"id": 1000 + len(self.comments), "body": body})
            self.answer(201, self.comments[-1])

    do_POST = do_PATCH = write  # noqa: N815 - as the base class asks

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def api() -> Iterator[str]:
    Api.comments, Api.calls, Api.status = [], [], 200
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@dataclass
class Told:
    """What a step left: exit code, its log, outputs, summary."""

    status: int
    log: str
    outputs: dict[str, str]
    summary: str

    def commands(self, level: str) -> list[str]:
        return [x for x in self.log.splitlines() if x.startswith(f"::{level} ")]


def step(folder: Path, tmp_path: Path, **environ: str) -> Told:
    """Run the scan step as a runner does."""
    files = {n: tmp_path / n for n in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    for file in files.values():
        file.write_text("", "utf-8")
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir(exist_ok=True)
    python = bin_folder / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', "utf-8")
    python.chmod(0o755)
    done = subprocess.run(
        ["bash", str(SCRIPT)], cwd=folder, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={
            "PATH": f"{bin_folder}:{os.environ['PATH']}", "HOME": str(tmp_path), "GOPROXY": "off",
            "COMPLIANCE_CACHE": str(tmp_path / "cache"), "RUNNER_TEMP": str(tmp_path / "temp"),
            "GITHUB_WORKSPACE": str(folder), "GITHUB_REPOSITORY": "acme/app",
            "GITHUB_EVENT_NAME": "push",
            **{k: str(v) for k, v in files.items()},
            "INPUT_PATH": ".", "INPUT_BASE": "", "INPUT_POLICY": "", "INPUT_FAIL_ON": "block",
            "INPUT_PLATFORMS": "", "INPUT_OUTPUT": str(tmp_path / "report"), **environ,
        },
    )  # fmt: skip
    lines = files["GITHUB_OUTPUT"].read_text("utf-8").splitlines()
    return Told(
        status=done.returncode, log=done.stdout, outputs=dict(x.split("=", 1) for x in lines),
        summary=files["GITHUB_STEP_SUMMARY"].read_text("utf-8"),
    )  # fmt: skip


def pull_request(tmp_path: Path, api: str, token: str = TOKEN) -> dict[str, str]:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7}}), "utf-8")
    return {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(event),
            "GITHUB_API_URL": api, "INPUT_TOKEN": token, "INPUT_BASE": "HEAD"}  # fmt: skip


def test_a_change_is_judged_against_its_base(change: Path, tmp_path: Path) -> None:
    told = step(change, tmp_path, INPUT_BASE="HEAD")
    assert told.status == 1
    assert told.outputs["outcome"] == "fail"
    assert json.loads(told.outputs["counts"])["block"] == 2
    assert json.loads(told.outputs["change"])["new"] == 1
    (error,) = told.commands("error")
    assert "file=cmd/node-agent/more.go,line=3,title=strong-copyleft-ships" in error
    assert "node-agent" in told.summary
    assert {p.name for p in Path(told.outputs["files"]).iterdir()} == {
        "report.html", "report.json", "report.sarif", "report.md", "sbom.spdx.json",
    }  # fmt: skip


def test_a_folder_of_the_workspace_has_its_places_in_the_workspace(
    change: Path, tmp_path: Path
) -> None:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    shutil.move(change, workspace / "service")
    told = step(workspace, tmp_path, INPUT_PATH="service", INPUT_BASE="HEAD")
    (error,) = told.commands("error")
    assert "file=service/cmd/node-agent/more.go,line=3" in error


def test_two_folders_of_one_job_keep_both_reports(change: Path, tmp_path: Path) -> None:
    """And who reads a summary for the first time is told what counts, and how to go on."""
    folders = []
    for place in ("a", "b"):
        shutil.copytree(change, tmp_path / "work" / place, dirs_exist_ok=True)
        told = step(tmp_path / "work", tmp_path, INPUT_PATH=f"./{place}", INPUT_BASE="HEAD",
                    INPUT_OUTPUT="")  # fmt: skip
        folders.append(Path(told.outputs["files"]))
    assert folders[0] != folders[1]
    assert all((f / "report.json").is_file() for f in folders)
    assert told.summary.startswith("## License check: this change is not cleared")
    assert "; control-plane was so before" in told.summary
    assert "**How to go on:**" in told.summary
    told = step(tmp_path / "work", tmp_path)
    assert "name a folder with a go.mod, such as a, b" in told.summary


def test_inputs_are_data_and_never_commands(change: Path, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    told = step(change, tmp_path, INPUT_BASE=f"$(touch {mark})")
    assert (told.status, told.outputs["outcome"], mark.exists()) == (3, "incomplete", False)
    told = step(change, tmp_path, INPUT_PATH="--help", INPUT_OUTPUT="")
    assert (told.status, told.outputs["outcome"]) == (2, "error")
    assert "could not decide" in told.summary


def test_a_push_has_no_base_and_every_finding_counts(change: Path, tmp_path: Path) -> None:
    told = step(change, tmp_path, INPUT_PLATFORMS="linux/amd64\nlinux/arm64\n")
    assert (told.status, told.outputs["outcome"]) == (1, "fail")
    assert len(told.commands("error")) == 2
    assert "No comment: this run (push) belongs to no pull request." in told.log


def test_a_report_of_an_earlier_step_is_not_told_again(change: Path, tmp_path: Path) -> None:
    assert step(change, tmp_path, INPUT_BASE="HEAD").status == 1
    told = step(change, tmp_path, INPUT_BASE="no-such-branch")
    assert (told.status, told.outputs["outcome"], told.outputs["counts"]) == (3, "incomplete", "{}")
    assert "no-such-branch" in told.summary


def test_the_comment_is_written_once_and_then_renewed(
    change: Path, tmp_path: Path, api: str
) -> None:
    Api.comments += [{"id": n, "body": "a word"} for n in range(130)]
    told = step(change, tmp_path, **pull_request(tmp_path, api))
    assert told.status == 1
    assert "Commented on the pull request." in told.log
    assert len(Api.comments) == 131
    first = Api.comments[-1]["body"]
    assert first.startswith("<!-- compliance-report ")
    assert "node-agent must not ship" in first
    assert len(first) <= 65_536
    assert TOKEN not in told.log + told.summary
    (change / "cmd" / "node-agent" / "more.go").unlink()
    told = step(change, tmp_path, **pull_request(tmp_path, api))
    assert told.status == 0
    assert "Renewed the comment" in told.log
    assert len(Api.comments) == 131
    assert "adds nothing that fails" in Api.comments[-1]["body"]


def test_somebody_elses_comment_with_our_mark_is_left_alone(
    change: Path, tmp_path: Path, api: str
) -> None:
    step(change, tmp_path, **pull_request(tmp_path, api))
    mark = Api.comments[0]["body"].splitlines()[0]
    Api.comments[:] = [{"id": 5, "body": f"{mark}\nall is well", "locked": True}]
    told = step(change, tmp_path, **pull_request(tmp_path, api))
    assert "Commented on the pull request." in told.log
    assert [c["id"] for c in Api.comments] == [5, 1001]


def test_jobs_that_commented_at_the_same_time_leave_nothing_behind(
    change: Path, tmp_path: Path, api: str
) -> None:
    step(change, tmp_path, **pull_request(tmp_path, api))
    Api.comments.append({**Api.comments[0], "id": 6})
    (change / "cmd" / "node-agent" / "more.go").unlink()
    step(change, tmp_path, **pull_request(tmp_path, api))
    assert len(Api.comments) == 2
    assert all("adds nothing that fails" in c["body"] for c in Api.comments)
    step(change, tmp_path, **pull_request(tmp_path, api), GITHUB_JOB="another")
    assert len(Api.comments) == 2


@pytest.mark.parametrize("event", ["push", "workflow_dispatch", "schedule", "merge_group"])
def test_an_event_without_a_base_judges_all_and_never_comments(
    change: Path, tmp_path: Path, api: str, event: str
) -> None:
    environ = {**pull_request(tmp_path, api), "GITHUB_EVENT_NAME": event, "INPUT_BASE": ""}
    told = step(change, tmp_path, **environ)
    assert (told.status, told.outputs["outcome"], told.outputs["change"]) == (1, "fail", "{}")
    assert "belongs to no pull request" in told.log
    assert Api.calls == []


def test_the_key_of_the_package_is_one_of_its_content(tmp_path: Path) -> None:
    script = REPOSITORY / ".github" / "action" / "key.py"

    def key() -> str:
        words = [sys.executable, "-I", str(script), str(tmp_path / "p")]
        return subprocess.run(words, check=True, capture_output=True, text=True).stdout

    (tmp_path / "p" / "compliance").mkdir(parents=True)
    (tmp_path / "p" / "tests").mkdir()
    (tmp_path / "p" / "compliance" / "a.py").write_text("1")
    first = key()
    (tmp_path / "p" / "tests" / "t.py").write_text("1")
    (tmp_path / "p" / "compliance" / "link").symlink_to("nowhere")
    assert key() != first
    (tmp_path / "p" / "compliance" / "link").unlink()
    assert key() == first
    (tmp_path / "p" / "compliance" / "a.py").rename(tmp_path / "p" / "compliance" / "b.py")
    assert key() != first


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_a_token_that_may_not_write_is_no_failure(
    change: Path, tmp_path: Path, api: str, status: int
) -> None:
    Api.status = status
    (change / "cmd" / "node-agent" / "more.go").write_text("package main\n", "utf-8")
    (change / "cmd" / "node-agent" / "new.go").write_text(
        'package main\n\nimport _ "plugins.example/accelplug/topology"\n', "utf-8"
    )
    told = step(change, tmp_path, **pull_request(tmp_path, api))
    assert told.status == 0
    assert "No comment:" in told.log
    assert told.summary.startswith("## ")


def test_no_token_and_no_server_are_no_failure(change: Path, tmp_path: Path) -> None:
    told = step(change, tmp_path, **pull_request(tmp_path, "http://127.0.0.1:9", token=""))
    assert (told.status, "No comment: no token." in told.log) == (1, True)
    told = step(change, tmp_path, **pull_request(tmp_path, "http://127.0.0.1:9"))
    assert (told.status, "No comment: URLError." in told.log) == (1, True)


def test_a_merge_group_has_a_summary_and_no_comment(change: Path, tmp_path: Path, api: str) -> None:
    environ = {**pull_request(tmp_path, api), "GITHUB_EVENT_NAME": "merge_group"}
    told = step(change, tmp_path, **environ)
    assert (told.status, Api.calls) == (1, [])
    assert "node-agent" in told.summary


@pytest.mark.parametrize("checked_out", ["merge", "head", "another"])
def test_what_others_merged_meanwhile_is_no_part_of_the_change(
    change: Path, tmp_path: Path, checked_out: str
) -> None:
    """The event names the base as it was; the merge that GitHub made has the one that counts."""

    def git(*words: str) -> str:
        line = ["git", "-c", "user.email=a@b.example", "-c", "user.name=A", *words]
        return subprocess.check_output(line, cwd=change, text=True).strip()

    more = change / "cmd" / "node-agent" / "more.go"
    text = more.read_text("utf-8")
    more.unlink()
    then = git("rev-parse", "HEAD")
    trunk = git("symbolic-ref", "--short", "HEAD")
    git("checkout", "-qb", "feature")
    (change / "README.md").write_text("words\n", "utf-8")
    git("add", "README.md")
    git("commit", "-qm", "the change")
    head = git("rev-parse", "HEAD")
    git("checkout", "-q", trunk)
    more.write_text(text, "utf-8")
    git("add", "-A")
    git("commit", "-qm", "somebody else's")
    git("checkout", "-q", "--detach")
    git("merge", "-q", "--no-ff", "--no-edit", "feature")
    merge = git("rev-parse", "HEAD")
    if checked_out == "head":
        git("checkout", "-q", head)
    event = tmp_path / "event.json"
    about = {"number": 7, "base": {"sha": then}, "head": {"sha": head}}
    event.write_text(json.dumps({"pull_request": about}), "utf-8")
    told = step(
        change, tmp_path, GITHUB_EVENT_NAME="pull_request", GITHUB_EVENT_PATH=str(event),
        GITHUB_SHA=merge if checked_out != "another" else "1" * 40, INPUT_BASE=then,
        INPUT_COMMENT="false",
    )  # fmt: skip
    assert told.status == (1 if checked_out == "another" else 0)


@pytest.mark.parametrize("name", ["pull_request", "pull_request_target"])
@pytest.mark.parametrize("checked_out", ["base", "head"])
def test_a_checkout_of_the_base_is_no_judgement_of_the_change(
    change: Path, tmp_path: Path, name: str, checked_out: str
) -> None:
    """actions/checkout brings the base on pull_request_target unless it is told another ref."""
    git = ["git", "-c", "user.email=a@b.example", "-c", "user.name=A"]
    base = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=change, text=True).strip()
    if checked_out == "head":
        subprocess.run([*git, "add", "-A"], cwd=change, check=True)
        subprocess.run([*git, "commit", "-qm", "change"], cwd=change, check=True)
    else:
        (change / "cmd" / "node-agent" / "more.go").unlink()
    event = tmp_path / "event.json"
    event.write_text(
        json.dumps(
            {"pull_request": {"number": 7, "base": {"sha": base}, "head": {"sha": "1" * 40}}}
        )
    )
    told = step(
        change, tmp_path, GITHUB_EVENT_NAME=name, GITHUB_EVENT_PATH=str(event), INPUT_BASE=base,
        INPUT_COMMENT="false",
    )  # fmt: skip
    assert any("pull_request_target" in x for x in told.commands("warning")) == (
        name == "pull_request_target"
    )
    if checked_out == "base":
        assert (told.status, told.outputs["outcome"]) == (3, "incomplete")
        assert any("nothing of the change was judged" in x for x in told.commands("error"))
        assert "could not decide" in told.summary
    else:
        assert (told.status, told.outputs["outcome"]) == (1, "fail")


def test_nothing_of_the_checkout_is_imported_or_run(change: Path, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    for name in ("yaml", "json", "sitecustomize", "comment", "click", "msgspec", "urllib"):
        (change / f"{name}.py").write_text(f"open({str(mark)!r}, 'w')\n", "utf-8")
    for name in ("compliance", "pip"):
        (change / name).mkdir()
        for file in ("__init__.py", "__main__.py"):
            (change / name / file).write_text(f"open({str(mark)!r}, 'w')\n", "utf-8")
    for name in ("git", "go", "python3"):
        program = change / name
        program.write_text(f"#!/bin/sh\ntouch {mark}\n", "utf-8")
        program.chmod(0o755)
    assert step(change, tmp_path, INPUT_BASE="HEAD").status == 1
    assert not mark.exists()


def test_names_of_the_repository_cannot_speak_to_the_runner(change: Path, tmp_path: Path) -> None:
    folder = change / "vendor" / "logs.example" / "slate"
    (folder / "LICENSE").write_text("::error::owned\n##[command]x\n::set-output name=a::b\n")
    (folder / "slate.go").write_text("package slate\n", "utf-8")
    told = step(change, tmp_path, INPUT_BASE="HEAD")
    ours = ("title=", "::error title=compliance::")
    spoken = [x for x in told.log.splitlines() if x.lstrip().startswith(("::", "##["))]
    assert spoken
    assert all(any(o in x for o in ours) for x in spoken)
    assert not any("owned" in x.split("::", 2)[1] for x in spoken)
    assert not any(x.lstrip().startswith(("::", "##[")) for x in told.summary.splitlines())


@pytest.mark.parametrize(
    "name",
    [
        "\x1b[31mred\x1b]0;t\x07",
        "\u202egnp",
        "\u2028::error::x",
        "\x85x",
        "\x0b\x0cx",
        "\n::error::x",
    ],
)
def test_a_name_of_a_workflow_steers_nothing(change: Path, tmp_path: Path, name: str) -> None:
    folder = change / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / f"{name}.yml").write_text("jobs: {a: {steps: [{uses: x/compliance@v1}]}}\n", "utf-8")
    told = step(change, tmp_path, INPUT_BASE="HEAD")
    (error,) = [x for x in told.commands("error") if "policy-relaxed" in x]
    assert error.split("::")[1].startswith(
        "error title=policy-relaxed" if "\n" not in name else "error "
    )
    assert all(c.isprintable() or c == "\n" for c in told.log + told.summary)


def test_what_github_does_not_show_stands_in_the_summary(change: Path, tmp_path: Path) -> None:
    (change / ".compliance.yaml").unlink()
    for number in range(14):
        folder = change / "cmd" / f"p{number:02}"
        folder.mkdir()
        (folder / "main.go").write_text(
            'package main\n\nimport _ "drivers.example/acceldrv"\n\nfunc main() {}\n', "utf-8"
        )
    told = step(change, tmp_path, INPUT_BASE="HEAD")
    assert len(told.commands("error")) == 10
    assert "Likewise in" in told.summary
    assert len(told.summary.encode()) < 1024 * 1024


def test_a_label_approves_one_edit_of_the_policy(change: Path, tmp_path: Path) -> None:
    (change / "cmd" / "node-agent" / "more.go").unlink()
    facts = change / ".compliance.yaml"
    text = facts.read_text("utf-8")
    facts.write_text(
        text.replace("control-plane, profile: on-prem", "control-plane, profile: saas")
    )
    told = step(change, tmp_path, INPUT_BASE="HEAD")
    assert told.status == 1
    report = json.loads(Path(told.outputs["files"], "report.json").read_text("utf-8"))
    (found,) = [f for f in report["findings"] if f["code"] == "policy-relaxed"]
    digest = found["remedy"].rsplit(" ", 1)[1]
    labels = f"bug,$(touch {tmp_path}/ran),policy-approved:{digest},help wanted"
    assert step(change, tmp_path, INPUT_BASE="HEAD", INPUT_POLICY_APPROVED=labels).status == 0
    assert not (tmp_path / "ran").exists()
    for other in (f"policy-approved:{digest[::-1]}", f"x-{digest}", "policy-approved", "any"):
        told = step(change, tmp_path, INPUT_BASE="HEAD", INPUT_POLICY_APPROVED=other)
        assert (told.status, told.outputs["outcome"]) == (1, "fail")


def test_the_action_and_the_workflows_are_well_formed() -> None:
    action = yaml.safe_load((REPOSITORY / "action.yml").read_text("utf-8"))
    assert action["runs"]["using"] == "composite"
    for item in action["runs"]["steps"]:
        assert "${{" not in item.get("run", ""), "inputs reach scripts through the environment only"
        if "run" in item and item.get("name") != "Runner":
            script = item["run"].split("$GITHUB_ACTION_PATH/")[1].split('"')[0]
            assert (REPOSITORY / script).is_file()
    for workflow in (REPOSITORY / ".github" / "workflows").glob("*.yml"):
        jobs = yaml.safe_load(workflow.read_text("utf-8"))["jobs"]
        assert all("runs-on" in job for job in jobs.values())
