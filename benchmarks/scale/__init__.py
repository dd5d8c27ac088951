"""The same work embedded and on many machines, equal and timed: `python -m benchmarks.scale`."""
