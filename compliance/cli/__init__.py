"""The command line: flags to request, report to files, exit status. Prints and reads the clock."""

from compliance.cli.main import main

__all__ = ["main"]
