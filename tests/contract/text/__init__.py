"""Tests of the full text, in a folder and on OpenSearch; what one of them has alone is tested in a file of its name."""
