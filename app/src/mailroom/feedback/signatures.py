"""Checking that a delivery was signed by SNS."""

from __future__ import annotations

import binascii
from base64 import b64decode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from mailroom.errors import NoticeRefused
from mailroom.feedback.canonical import text_to_sign
from mailroom.feedback.certificates import Certificates
from mailroom.feedback.entities import Notice
from mailroom.feedback.places import Places, region_of

_HASHES = {
    "1": SHA1,  # what a topic signs with unless it is told otherwise: its owner is asked to choose 2
    "2": SHA256,
}


class Signatures:
    """Checks signatures by the certificate that a delivery names."""

    def __init__(self, places: Places, certificates: Certificates) -> None:
        self._places = places
        self._certificates = certificates

    def check(self, notice: Notice) -> None:
        """Raise NoticeRefused unless SNS signed all of it; NotYet where that can't be told now."""
        algorithm = _HASHES.get(notice.signature_version)
        if algorithm is None:
            raise NoticeRefused("SignatureVersion must be 1 or 2.")
        try:
            signature = b64decode(notice.signature, validate=True)
        except (binascii.Error, ValueError):
            raise NoticeRefused("The Signature is not base64.") from None
        place = self._places.of_certificate(notice.certificate_url, notice.topic)
        if place is None:
            raise NoticeRefused("SigningCertURL is not an address of SNS in the region of the topic.")
        key = self._certificates.key(place, region_of(notice.topic))
        try:
            key.verify(signature, text_to_sign(notice), PKCS1v15(), algorithm())
        except InvalidSignature:
            raise NoticeRefused("The Signature is not that of SNS.") from None
