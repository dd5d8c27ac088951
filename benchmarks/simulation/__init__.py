"""Years of papers, from measured parts: time, cores, storage and money; pure but for its command."""

from benchmarks.simulation.report import drawn, report

__all__ = ["drawn", "report"]
