"""What all tests share: the --update-golden flag, and skips that may not happen in CI."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

MUST_RUN = "COMPLIANCE_TESTS_MUST_RUN"


# A shell that starts a job in the background has it ignore interrupts, and what it starts as well:
# commands that tests interrupt must hear them.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="accept the outputs of this run as expected"
    )


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Where everything is installed, a test that skips for want of it has failed."""
    report = yield
    if (
        report.skipped
        and os.environ.get(MUST_RUN)
        and not hasattr(report, "wasxfail")
        and (item.get_closest_marker("oracle") or item.get_closest_marker("browser"))
    ):
        report.outcome = "failed"
        report.longrepr = f"skipped although {MUST_RUN} is set: {report.longrepr}"
    return report


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test reads or writes the cache of the person who runs it."""
    monkeypatch.setenv("COMPLIANCE_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)


@pytest.fixture
def repository() -> Path:
    return Path(__file__).parents[1]
