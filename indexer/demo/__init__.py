"""Synthetic French radiology reports with their ground truth, for the demo, the benchmarks and the tests."""
