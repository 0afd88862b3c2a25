"""One file per family of identifiers; each has a class that is a `privacy.identifiers.Detector`."""
