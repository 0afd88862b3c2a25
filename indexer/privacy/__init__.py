"""The de-identification gate and the pseudonyms."""
