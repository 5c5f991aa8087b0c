"""The commands of `mailroom`, one a module. Each loads what it needs only when it runs."""
