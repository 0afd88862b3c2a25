"""Every vector engine: the same store of passages, on FAISS and on a real OpenSearch with k-NN."""
