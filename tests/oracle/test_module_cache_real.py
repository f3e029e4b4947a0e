"""Modules from the git repositories of real projects: the sums of the public checksum database.

`COMPLIANCE_GIT_REPOSITORIES` names a folder with bare repositories in `OWNER+NAME/repo`, which
stand for those on the network; modules whose repository is not there are skipped.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from compliance.golang import Module, ModuleVersion
from compliance.integrity import h1_gomod
from compliance.sources import Acquirer, Repository, go_settings
from compliance.sources.direct import DirectSource
from compliance.sources.transport import Page

FOLDER = os.environ.get("COMPLIANCE_GIT_REPOSITORIES", "")
pytestmark = pytest.mark.skipif(
    not FOLDER, reason="COMPLIANCE_GIT_REPOSITORIES names no folder of repositories"
)

HOMES = {
    "go.etcd.io/etcd": "etcd-io/etcd", "sigs.k8s.io/kustomize": "kubernetes-sigs/kustomize",
    "go.opentelemetry.io/collector": "open-telemetry/opentelemetry-collector",
    "github.com/docker/docker": "moby/moby",
}  # fmt: skip
MODULES = """
github.com/shirou/gopsutil v2.20.9+incompatible
github.com/shirou/gopsutil v3.21.11+incompatible
github.com/shirou/gopsutil/v3 v3.23.12
github.com/cilium/ebpf v0.4.0
github.com/cilium/ebpf v0.12.3
go.etcd.io/etcd v3.3.27+incompatible
go.etcd.io/etcd/api/v3 v3.5.9
go.etcd.io/etcd/client/pkg/v3 v3.5.9
go.etcd.io/etcd/client/v2 v2.305.9
go.etcd.io/etcd/client/v3 v3.5.9
go.etcd.io/etcd/etcdctl/v3 v3.5.9
go.etcd.io/etcd/pkg/v3 v3.5.9
go.etcd.io/etcd/raft/v3 v3.5.9
go.etcd.io/etcd/server/v3 v3.5.9
sigs.k8s.io/kustomize/api v0.13.4
sigs.k8s.io/kustomize/cmd/config v0.11.2
sigs.k8s.io/kustomize/kustomize/v5 v5.0.3
sigs.k8s.io/kustomize/kyaml v0.14.2
sigs.k8s.io/kustomize/v3 v3.3.1
go.opentelemetry.io/collector v0.90.1
go.opentelemetry.io/collector/component v0.90.1
go.opentelemetry.io/collector/pdata v1.0.0
go.opentelemetry.io/collector/semconv v0.90.1
github.com/opencontainers/runc v0.1.1
github.com/opencontainers/runc v1.1.10
github.com/docker/docker v24.0.7+incompatible
github.com/moby/moby v20.10.27+incompatible
github.com/moby/moby/client v0.1.0
github.com/prometheus/prometheus v2.5.0+incompatible
github.com/syncthing/syncthing v1.27.0
github.com/gohugoio/hugo v0.111.3
github.com/caddyserver/caddy v1.0.5
github.com/caddyserver/caddy/v2 v2.7.6
"""


def page(url, _limit, *, insecure=False):  # noqa: ARG001 - as it is called
    path = url.split("://")[1].split("?")[0]
    for prefix, home in HOMES.items():
        if path == prefix or path.startswith(prefix + "/"):
            tag = f'<meta name="go-import" content="{prefix} git https://github.com/{home}">'
            return Page(status=200, body=f"<head>{tag}</head>".encode())
    return Page(status=404)


class Near(DirectSource):
    """Repositories of the network, at their place on this disk."""

    __slots__ = ()

    def _git(self, module):
        real = super()._git(module)

        class Moved:
            def run(self, folder, *words):
                return real.run(folder, *map(moved, words))

        return Moved()


def moved(word):
    name = word.removeprefix("https://")
    if name == word:
        return word
    home = HOMES.get(name, name.removeprefix("github.com/"))
    return f"file://{FOLDER}/{home.replace('/', '+')}/repo"


@pytest.fixture(scope="module")
def caches(tmp_path_factory):
    return tmp_path_factory.mktemp("caches")


@pytest.mark.parametrize("line", MODULES.split("\n")[1:-1])
def test_real_modules_have_the_sums_that_the_world_saw(caches, line):
    m = ModuleVersion(*line.split())
    home = HOMES.get(
        next((p for p in HOMES if m.path == p or m.path.startswith(p + "/")), ""),
        "/".join(m.path.split("/")[1:3]),
    )
    if not (Path(FOLDER) / home.replace("/", "+") / "repo").is_dir():
        pytest.skip(f"no repository of {home}")
    environ = {**os.environ, "GOMODCACHE": "/nonexistent"}
    public = go_settings(environ, str(caches))
    known = Acquirer(settings=public, offline=False, cache_dir=str(caches / "log")).database
    zip_sum, gomod_sum = known.zip_sum(m), known.gomod_sum(m)
    if not zip_sum.sum:
        pytest.skip(f"the checksum database cannot say: {zip_sum.because}")
    settings = public.with_goproxy("direct", "test")
    own = str(caches / "own")
    direct = Near(settings=settings, cache_dir=own, get=None, page=page, protocols="file")
    acquirer = Acquirer(settings=settings, offline=False, cache_dir=own, direct=direct)
    tree = acquirer.tree(Module(id=m), Repository.open(str(caches)))
    assert tree.where == "vcs"
    assert tree.verification.actual == zip_sum.sum
    assert h1_gomod(acquirer.gomod(m)) == gomod_sum.sum
