"""`make dev`: Mailroom alone on this machine, started again whenever its source is saved."""
