"""Templates: mails with places for what differs, kept in versions, rendered in a sandbox."""
