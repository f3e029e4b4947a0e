"""A runner in miniature: the steps of workflows and of the action, in the environment of GitHub's.

Actions of others do nothing here (the checkout is there, Python is), nothing is installed, and a
cache keeps folders by key. Expressions are those that our workflows use; any other is an error.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).parents[2]
_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")
_OURS = ("./", "OWNER/compliance@COMMIT")


class Runner:
    """Jobs of one repository; `temp` and the kept caches stay from job to job."""

    def __init__(self, workspace: Path, home: Path, event: dict[str, Any] | None = None) -> None:
        self.workspace = workspace
        self.home = home
        self.kept: dict[str, Path] = {}
        self.log = ""
        self.runs = 0
        self.context: dict[str, Any] = {
            "runner": {"os": "Linux", "temp": str(home / "temp")},
            "github": {"token": "", "event": event or {}, "run_id": "0"},
            "steps": {},
        }
        programs = home / "bin"
        programs.mkdir(parents=True)
        (home / "temp").mkdir()
        for name, words in (("python", ""), ("compliance", "-I -m compliance ")):
            (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {words}"$@"\n')
            (programs / name).chmod(0o755)

    def job(self, workflow: Path, name: str) -> bool:
        """Whether a job of a workflow succeeds."""
        self.runs += 1
        self.context["github"]["run_id"] = str(self.runs)
        self.context["steps"] = {}
        job = yaml.safe_load(workflow.read_text("utf-8"))["jobs"][name]
        return self._steps(job["steps"], self.context)

    def _steps(self, steps: list[dict[str, Any]], context: dict[str, Any]) -> bool:
        good = True
        for step in steps:
            if not (self.value(step["if"], context) if "if" in step else good):
                continue
            if not good and step.get("if") != "always()":
                continue
            done = self._step(step, context)
            good = good and (done or step.get("continue-on-error", False))
        return good

    def _step(self, step: dict[str, Any], context: dict[str, Any]) -> bool:
        uses, given = step.get("uses", ""), step.get("with", {})
        given = {k: self.text(str(v), context) for k, v in given.items()}
        if uses in _OURS:
            done, outputs = self._action(given)
        elif uses.startswith("actions/cache"):
            return self._cache(uses, given)
        elif uses:
            assert re.match(r"actions/[a-z-]+@v\d+$", uses), uses
            return True
        else:
            done, outputs = self._run(step, context)
        if "id" in step:
            context["steps"][step["id"]] = {"outputs": outputs}
        return done

    def _action(self, given: dict[str, str]) -> tuple[bool, dict[str, str]]:
        action = yaml.safe_load((REPOSITORY / "action.yml").read_text("utf-8"))
        assert set(given) <= set(action["inputs"]), given
        inputs = {
            k: self.text(str(v["default"]), self.context) for k, v in action["inputs"].items()
        }
        inner = {**self.context, "inputs": {**inputs, **given}, "steps": {}}
        done = self._steps(action["runs"]["steps"], inner)
        return done, {k: self.text(v["value"], inner) for k, v in action["outputs"].items()}

    def _cache(self, uses: str, given: dict[str, str]) -> bool:
        folder, key = self.workspace / given["path"], given["key"]
        if not uses.startswith("actions/cache/save"):
            found = self.kept.get(key)
            for start in given.get("restore-keys", "").split():
                found = found or next(
                    (f for k, f in reversed(self.kept.items()) if k.startswith(start)), None
                )
            if found is not None:
                shutil.copytree(found, folder, dirs_exist_ok=True)
        elif folder.is_dir():
            kept = self.home / f"kept{len(self.kept)}"
            self.kept[key] = Path(shutil.copytree(folder, kept))
        return True

    def _run(self, step: dict[str, Any], context: dict[str, Any]) -> tuple[bool, dict[str, str]]:
        script = self.text(step["run"], context)
        if 'install.sh" wheel' in script or script == "make setup":
            return True, {}
        output = self.home / "output"
        output.write_text("", "utf-8")
        given = {k: self.text(str(v), context) for k, v in step.get("env", {}).items()}
        event = self.context["github"]["event"]
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.workspace, text=True, check=False, timeout=300,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={
                "PATH": f"{self.home}/bin:{os.environ['PATH']}", "HOME": str(self.home),
                "GOPROXY": "off", "GITHUB_WORKSPACE": str(self.workspace),
                "GITHUB_ACTION_PATH": str(REPOSITORY), "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(self.home / "summary"),
                "GITHUB_EVENT_NAME": "pull_request" if "pull_request" in event else "push",
                "RUNNER_TEMP": str(self.home / "temp"), **given,
            },
        )  # fmt: skip
        self.log += done.stdout
        lines = output.read_text("utf-8").splitlines()
        return done.returncode == 0, dict(x.split("=", 1) for x in lines)

    def text(self, text: str, context: dict[str, Any]) -> str:
        """A text with its expressions replaced."""
        return _EXPRESSION.sub(lambda m: str(self.value(m[1], context) or ""), text)

    def value(self, expression: str, context: dict[str, Any]) -> Any:  # noqa: PLR0911 - by form
        """What an expression means."""
        words = expression.strip().removeprefix("${{").removesuffix("}}").strip()
        if " || " in words:
            return next((v for w in words.split(" || ") if (v := self.value(w, context))), "")
        if " == " in words:
            left, right = words.split(" == ")
            return self.value(left, context) == self.value(right, context)
        if words == "always()":
            return True
        if words.startswith("hashFiles("):
            return "0"
        if joined := re.fullmatch(r"join\((\S+)\)", words):
            return ",".join(self.value(joined[1], context) or [])
        if literal := re.fullmatch(r"'([^']*)'", words):
            return literal[1]
        assert re.fullmatch(r"[a-z_]+(\.([\w-]+|\*))+", words), words
        return _at(context, words.split("."))


def _at(value: Any, path: list[str]) -> Any:
    for number, name in enumerate(path):
        if name == "*":
            return [_at(v, path[number + 1 :]) for v in value or []]
        value = value.get(name) if isinstance(value, dict) else None
    return value
