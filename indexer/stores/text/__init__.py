"""Full text: words, phrases, filters, counts, highlights."""
