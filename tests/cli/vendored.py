"""Small vendored repositories, made when a test runs: license texts come from the index."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from pathlib import Path

from compliance.licenses import license_text

HOST = "m.example"
GO = "1.22"


def text_of(identifier: str) -> str:
    """A license text with its holders filled in."""
    found = license_text(identifier)
    assert found, identifier
    return (
        found.replace("<year>", "2024")
        .replace("<copyright holders>", "The Authors")
        .replace("<owner>", "The Authors")
    )


class Repo:
    """A module `m.example/app` with main packages, and vendored modules below it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tools: tuple[str, ...] = ()
        self._modules: dict[str, set[str]] = {}

    def write(self, name: str, data: str | bytes) -> None:
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data.encode() if isinstance(data, str) else data)

    def package(
        self, path: str, imports: Sequence[str] = (), *, name: str = "", head: str = "",
        body: str = "", file: str = "",
    ) -> None:  # fmt: skip
        """A package of one file: `cmd/x` is a program of ours, `host.example/m/p` is vendored."""
        ours = "." not in path.split("/")[0]
        place = path if ours else f"vendor/{path}"
        is_main = ours and path.startswith("cmd/")
        word = name or ("main" if is_main else posixpath.basename(path).replace("-", "_"))
        lines = [*head.splitlines(), f"package {word}", ""]
        lines += [f'import _ "{self._full(i)}"' for i in imports]
        lines += [body or ("func main() {}" if word == "main" else "")]
        self.write(f"{place}/{file or posixpath.basename(path) + '.go'}", "\n".join(lines) + "\n")
        if not ours:
            module = next(m for m in self._modules if path == m or path.startswith(f"{m}/"))
            self._modules[module].add(path)

    def module(self, path: str, texts: Mapping[str, str]) -> None:
        """A vendored module with license files: name to SPDX id or whole text."""
        self._modules.setdefault(path, set())
        for name, what in texts.items():
            self.write(f"vendor/{path}/{name}", what if "\n" in what else text_of(what))

    def done(self) -> Path:
        """go.mod and vendor/modules.txt as `go mod vendor` writes them."""
        requires = "".join(f"\t{m} v1.0.0\n" for m in sorted(self._modules))
        block = f"\nrequire (\n{requires})\n" if requires else ""
        version = "1.24" if self.tools else GO
        tools = "".join(f"\ntool {t}\n" for t in self.tools)
        self.write("go.mod", f"module {HOST}/app\n\ngo {version}\n{tools}{block}")
        lines = []
        for module, packages in sorted(self._modules.items()):
            lines += [f"# {module} v1.0.0", "## explicit; go 1.20", *sorted(packages)]
        if lines:
            self.write("vendor/modules.txt", "\n".join(lines) + "\n")
        return self.folder

    def _full(self, path: str) -> str:
        return path if "." in path.split("/")[0] else f"{HOST}/app/{path}"
