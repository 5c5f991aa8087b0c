"""A guest book: people write down that they were here."""
