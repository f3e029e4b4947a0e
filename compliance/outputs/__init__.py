"""ScanReport -> bytes. Pure and deterministic."""
