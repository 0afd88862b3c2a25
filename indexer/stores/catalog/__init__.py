"""The record of every report and of what happened to it: the source of truth."""
