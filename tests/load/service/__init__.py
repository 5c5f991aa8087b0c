"""How fast Mailroom is: through nginx and TLS, at so many users at once, and beside a handler without anything."""
