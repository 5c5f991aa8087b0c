"""Mailroom: a transactional email API over Amazon SES."""
