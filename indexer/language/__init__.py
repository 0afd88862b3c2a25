"""What a report says: sections, words, polarity."""
