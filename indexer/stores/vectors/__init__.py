"""Nearest neighbours of passages."""
