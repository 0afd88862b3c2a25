"""One file per version, in order; none is changed once released."""
