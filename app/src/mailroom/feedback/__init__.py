"""Feedback: what SES tells of mail that it took, by SNS."""
