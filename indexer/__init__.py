"""Turns a source of reports into a searchable index; knows nothing of HTTP or screens."""
