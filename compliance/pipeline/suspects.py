"""Suspected links: what first-party code starts, connects to or loads besides what it imports.

The source shows the place, never the license of what is used there, so each one is a question.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from compliance import patterns as re
from compliance.golang import Files, Package, UnreadableFileError
from compliance.value import dataclass

LARGEST_FILE = 4 * 1024 * 1024
"""Bytes of a Go file that is searched; larger ones are generated tables."""

PROGRAMS: Mapping[str, str] = {
    "git": "GPL-2.0-only", "tar": "GPL-3.0-or-later", "bash": "GPL-3.0-or-later",
    "iptables": "GPL-2.0-or-later", "ip": "GPL-2.0-only", "tc": "GPL-2.0-only",
    "nft": "GPL-2.0-only", "mount": "GPL-2.0-or-later", "umount": "GPL-2.0-or-later",
    "modprobe": "GPL-2.0-or-later", "mkfs.ext4": "GPL-2.0-only", "mkfs.xfs": "GPL-2.0-only",
    "ffmpeg": "LGPL-2.1-or-later or GPL-2.0-or-later, as it was built", "rsync": "GPL-3.0-or-later",
    "qemu-system-x86_64": "GPL-2.0-only", "dmidecode": "GPL-2.0-or-later",
    "smartctl": "GPL-2.0-or-later", "criu": "GPL-2.0-only", "wg": "GPL-2.0-only",
    "gs": "AGPL-3.0-or-later", "pdftotext": "GPL-2.0-only OR GPL-3.0-only",
}  # fmt: skip
"""Programs that are often started, and the license under which they are usually found."""

REDIS = "BSD-3-Clause, RSALv2 or SSPL-1.0, AGPL-3.0: by version"

CLIENTS: tuple[tuple[str, str, str], ...] = (
    ("go.mongodb.org/mongo-driver", "mongodb", "SSPL-1.0 since 2018"),
    ("github.com/redis/go-redis", "redis", REDIS),
    ("github.com/go-redis/redis", "redis", REDIS),
    ("github.com/gomodule/redigo", "redis", REDIS),
    ("github.com/elastic/go-elasticsearch", "elasticsearch", "Elastic-2.0, SSPL-1.0 or AGPL-3.0"),
    ("github.com/olivere/elastic", "elasticsearch", "Elastic-2.0, SSPL-1.0 or AGPL-3.0"),
    ("github.com/go-sql-driver/mysql", "mysql", "GPL-2.0-only"),
    ("github.com/jackc/pgx", "postgresql", "PostgreSQL"),
    ("github.com/lib/pq", "postgresql", "PostgreSQL"),
    ("github.com/minio/minio-go", "minio", "AGPL-3.0-or-later"),
    ("github.com/neo4j/neo4j-go-driver", "neo4j", "GPL-3.0-only or commercial"),
    ("github.com/gocql/gocql", "cassandra", "Apache-2.0"),
    ("github.com/influxdata/influxdb-client-go", "influxdb", "MIT"),
    ("github.com/ClickHouse/clickhouse-go", "clickhouse", "Apache-2.0"),
    ("github.com/nats-io/nats.go", "nats", "Apache-2.0"),
    ("github.com/hashicorp/consul/api", "consul", "BUSL-1.1 since 1.17"),
    ("github.com/hashicorp/vault/api", "vault", "BUSL-1.1 since 1.15"),
    ("github.com/hashicorp/nomad/api", "nomad", "BUSL-1.1 since 1.7"),
    ("go.etcd.io/etcd/client", "etcd", "Apache-2.0"),
    ("github.com/denisenkom/go-mssqldb", "sqlserver", "proprietary"),
    ("github.com/microsoft/go-mssqldb", "sqlserver", "proprietary"),
    ("github.com/godror/godror", "oracle-database", "proprietary"),
    ("github.com/sijms/go-ora", "oracle-database", "proprietary"),
    ("github.com/cockroachdb/cockroach-go", "cockroachdb", "proprietary, BUSL-1.1 before 24.3"),
)  # fmt: skip
"""Packages that talk to a server, the server, and the license it is usually under."""

_EXEC = re.compile(
    rb"""\b(?:exec\.Command\(|exec\.CommandContext\([^,\n]{1,80},|exec\.LookPath\(|syscall\.Exec\()"""
    rb"""[ \t]*(?:"(?P<name>[^"\n]{1,200})"|(?P<other>[A-Za-z_][\w.]*))?"""
)
_PLACES: tuple[tuple[re.Pattern[bytes], str, str], ...] = (
    (re.compile(rb"\bplugin\.Open\("), "plugin", "loads a Go plugin"),
    (
        re.compile(rb"\b(?:purego\.Dlopen|syscall\.(?:LoadLibrary|LoadDLL|NewLazyDLL))\("),
        "cgo-dynamic", "loads a shared library",
    ),
    (re.compile(rb"\bgrpc\.(?:Dial|DialContext|NewClient)\("), "ipc", "calls a gRPC service"),
    (
        re.compile(rb'\bnet\.(?:Dial|DialTimeout)\([ \t]*"unix"|\bnet\.DialUnix\('), "ipc",
        "connects to a Unix socket",
    ),
    (re.compile(rb"\brpc\.Dial(?:HTTP)?\("), "ipc", "calls an RPC service"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """One place.

    `what` says in words what the code does there, `name` what it uses ("" where the source does
    not say), `kind` is the kind of link it would be, `hint` its usual license.
    """

    package: str
    file: str
    line: int
    kind: str
    name: str
    what: str
    hint: str = ""


def suspects(files: Files, packages: Iterable[Package]) -> tuple[Suspect, ...]:
    """The places in first-party packages, by file and line; each name once per package."""
    found: dict[tuple[str, str, str], Suspect] = {}
    for package in packages:
        for one in (*_of_imports(package), *_of_files(files, package)):
            found.setdefault((one.package, one.kind, one.name or one.what), one)
    return tuple(sorted(found.values(), key=lambda s: (s.file, s.line, s.name)))


def _of_imports(package: Package) -> Iterator[Suspect]:
    for item in package.imports:
        for path, server, license_ in CLIENTS:
            if item.path == path or item.path.startswith(f"{path}/"):
                yield Suspect(
                    package=package.import_path, file=_join(package.folder, item.file),
                    line=item.line, kind="network", name=server,
                    what=f"is a client of {server}", hint=license_,
                )  # fmt: skip


def _of_files(files: Files, package: Package) -> Iterator[Suspect]:
    imported = {i.path for i in package.imports}
    interesting = imported & {"os/exec", "syscall", "net", "plugin", "net/rpc"}
    if not interesting and not any("grpc" in p or "purego" in p for p in imported):
        return
    for name in (*package.go_files, *package.cgo_files):
        path = _join(package.folder, name)
        try:
            data = files.read(path)[:LARGEST_FILE]
        except UnreadableFileError:
            continue
        for match in _EXEC.finditer(data):
            program = (match["name"] or b"").decode("utf-8", "replace")
            short = program.rsplit("/", 1)[-1]
            yield Suspect(
                package=package.import_path, file=path, line=_line(data, match.start()),
                kind="exec", name=short,
                what=f"starts {short}" if short else "starts a program that a variable names",
                hint=PROGRAMS.get(short, ""),
            )  # fmt: skip
        for pattern, kind, what in _PLACES:
            if match_ := pattern.search(data):
                yield Suspect(
                    package=package.import_path, file=path, line=_line(data, match_.start()),
                    kind=kind, name="", what=what,
                )  # fmt: skip


def _line(data: bytes, at: int) -> int:
    return data.count(b"\n", 0, at) + 1


def _join(folder: str, name: str) -> str:
    return name if folder in ("", ".") else f"{folder}/{name}"
