"""The query language, retrieval, evaluation and the HTTP API: the only reader of the stores."""
