"""License compliance and SBOM pipeline for Go."""

__version__ = "0.1.0"
