"""How long the database takes for what Mailroom asks of it, among millions of messages."""
