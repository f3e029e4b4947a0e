"""Running git against strangers' repositories: clean configuration, no prompts, bounded.

Repositories are bare ones in our own cache, never the scanned checkout; no hook, filter,
credential helper or `ext::` transport can take part.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from compliance.sources.goproxy import FetchError
from compliance.sources.process import ProcessError, run
from compliance.value import dataclass

GIT_SECONDS = 90.0
"""For one git command: the promise for one request."""
MAX_OUTPUT_BYTES = 600 << 20
"""An archive of a module has at most 500 MiB."""
MAX_PACK_BLOCKS = 4 << 20
"""ulimit -f counts 512 bytes: no file that git writes exceeds 2 GiB."""

_CONFIG = (
    "core.hooksPath=/dev/null", "core.autocrlf=input", "core.eol=lf", "credential.helper=",
    "protocol.ext.allow=never", "gc.auto=0", "maintenance.auto=false", "http.lowSpeedLimit=1",
    "http.lowSpeedTime=30", "fetch.recurseSubmodules=false", "core.fsmonitor=false",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Git:
    """A git program and the environment that it runs in.

    Args:
        program: Absolute path of git.
        search_path: PATH for the programs that git starts (ssh).
        home: Home folder, for .netrc and ssh keys.
        protocols: Transports that may be used, separated by colons.
        proxies: http_proxy, https_proxy and no_proxy.
    """

    program: str
    search_path: str
    home: str
    protocols: str = "https:ssh"
    proxies: Mapping[str, str]

    def run(self, folder: str, *args: str) -> bytes:
        """Output of `git ARGS` on the bare repository `folder`.

        Raises:
            FetchError: git fails, is missing, takes too long, or says too much.
        """
        command = ["/bin/sh", "-c", f'ulimit -f {MAX_PACK_BLOCKS} && exec "$@"', "sh", self.program]
        command += [f"--git-dir={folder}"]
        for setting in _CONFIG:
            command += ["-c", setting]
        try:
            done = run(
                [*command, *args], environ=self._environment(), folder="/", seconds=GIT_SECONDS,
                limit=MAX_OUTPUT_BYTES,
            )  # fmt: skip
        except ProcessError as error:
            raise FetchError(f"git {args[0]}: {error}") from error
        if done.status != 0:
            lines = done.errors.decode("utf-8", "replace").strip().splitlines() or ["failed"]
            raise FetchError(f"git {args[0]}: {lines[-1][:300]}")
        return done.output

    def _environment(self) -> dict[str, str]:
        environment = {
            "PATH": self.search_path,
            "HOME": self.home,
            "LC_ALL": "C",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "/bin/false",
            "SSH_ASKPASS": "/bin/false",
            "GIT_SSH_COMMAND": "ssh -oBatchMode=yes -oConnectTimeout=10",
            "GIT_ALLOW_PROTOCOL": self.protocols,
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_OPTIONAL_LOCKS": "0",
        }
        return {**environment, **self.proxies}
