"""Which addresses are well-formed. Whether mail arrives there is for SES to say."""

from __future__ import annotations

from email.utils import formataddr

from email_validator import EmailNotValidError, ValidatedEmail, validate_email


class InvalidAddress(ValueError):
    """The text is no mail address that SES would take. The message says what is wrong with it."""


def checked_address(text: str) -> str:
    """Return the address in the form SES takes: domain in lower-case ASCII (IDNA), local part ASCII.

    SES takes no non-ASCII local part, so none is accepted. Raises InvalidAddress.
    """
    return _ascii(_parsed(text))


def checked_sender(text: str) -> str:
    """Return a sender, `a@b` or `Name <a@b>`, with its address as `checked_address` gives it."""
    parsed = _parsed(text, allow_display_name=True)
    return formataddr((parsed.display_name or "", _ascii(parsed)))


def _parsed(text: str, *, allow_display_name: bool = False) -> ValidatedEmail:
    try:
        return validate_email(
            text,
            allow_smtputf8=False,
            allow_display_name=allow_display_name,
            check_deliverability=False,
            # RFC 5321, 4.5.3.1.1: a local part has at most 64 characters, and SES keeps to that.
            strict=True,
            # `.test` is well-formed; the labs live there, and SES refuses it anywhere else.
            test_environment=True,
        )
    except EmailNotValidError as error:
        raise InvalidAddress(str(error)) from None


def _ascii(parsed: ValidatedEmail) -> str:
    if parsed.ascii_email is None:
        raise InvalidAddress("The address can't be written in ASCII.")
    return parsed.ascii_email
