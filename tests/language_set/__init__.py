"""Annotated passages of invented reports: what each says of every finding in it."""
