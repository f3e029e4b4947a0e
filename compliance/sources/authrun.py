"""Running the programs that GOAUTH names (`go help goauth`), where the user allows it.

A program is found in the trusted folders of PATH or by its absolute path outside of the scanned
tree, runs in the root folder with the user's environment, and has half a minute.
"""

from __future__ import annotations

from collections.abc import Mapping

from compliance.errors import UsageError
from compliance.sources.credentials import (
    Answer,
    AuthError,
    AuthMethods,
    Credentials,
    parse_auth_answer,
    parse_git_answer,
)
from compliance.sources.goflags import split_quoted
from compliance.sources.process import ProcessError, run
from compliance.sources.settings import GoSettings

AUTH_SECONDS = 30.0
"""For one program: it has nobody to ask, so it needs no longer."""
MAX_ANSWER_BYTES = 1 << 20


def credentials_of(settings: GoSettings) -> Credentials:
    """Credentials as GOAUTH says; programs run only where `settings.run_goauth` allows it."""
    return Credentials(
        methods=AuthMethods(text=settings.get("GOAUTH"), origin=settings.origin("GOAUTH")),
        netrc=settings.netrc,
        ask=_Programs(settings).ask if settings.run_goauth else None,
    )


class _Programs:
    """The programs of GOAUTH. Each call starts one."""

    __slots__ = ("settings",)

    def __init__(self, settings: GoSettings) -> None:
        self.settings = settings

    def ask(self, method: str, url: str, answer: bytes) -> Answer:
        """A `credentials.Ask`."""
        settings = self.settings
        words = split_quoted(method, settings.origin("GOAUTH"), "GOAUTH")
        if words[0] == "git":
            folder = words[1]
            if not settings.trusts(folder):
                raise UsageError(f"GOAUTH: {folder} is inside the scanned tree")
            program = settings.program("git")
            # Nobody is there to answer a prompt.
            quiet = {"GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "", "SSH_ASKPASS": ""}
            environ = {**settings.environ, **quiet}
            out = _run([program, "credential", "fill"], f"url={url}\n".encode(), environ, folder)
            return parse_git_answer(out, url)
        command = [settings.program(words[0]), *words[1:], *([url] if url else [])]
        return parse_auth_answer(_run(command, answer, settings.environ, "/"))


def _run(command: list[str], given: bytes, environ: Mapping[str, str], folder: str) -> str:
    """What a program prints. Raises AuthError."""
    try:
        done = run(
            command, environ=environ, folder=folder, seconds=AUTH_SECONDS, limit=MAX_ANSWER_BYTES,
            given=given,
        )  # fmt: skip
    except ProcessError as error:
        raise AuthError(f"{command[0]}: {error}") from error
    if done.status != 0:
        raise AuthError(f"{command[0]}: exit status {done.status}")
    return done.output.decode("utf-8", "surrogateescape")
