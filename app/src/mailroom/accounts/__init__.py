"""Accounts: people, their passwords and their logins."""
