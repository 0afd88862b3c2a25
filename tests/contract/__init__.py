"""Contract suites: one for a store, run over every engine, real servers included."""
