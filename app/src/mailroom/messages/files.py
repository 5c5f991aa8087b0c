"""Which files may go with a mail."""

from __future__ import annotations

import base64
import binascii
import re

# SES refuses the whole mail: https://docs.aws.amazon.com/ses/latest/dg/mime-types.html
_KINDS = (
    "ade adp app asp bas bat cer chm cmd com cpl crt csh der exe fxp gadget hlp hta inf ins isp its js jse ksh lib lnk "
    "mad maf mag mam maq mar mas mat mau mav maw mda mdb mde mdt mdw mdz msc msh msh1 msh2 mshxml msh1xml msh2xml msi "
    "msp mst ops pcd pif plg prf prg reg scf scr sct shb shs sys ps1 ps1xml ps2 ps2xml psc1 psc2 tmp url vb vbe vbs "
    "vps vsmacros vss vst vsw vxd ws wsc wsf wsh xnk"
)
_REFUSED = frozenset(_KINDS.split())
_TYPE = re.compile(r"([a-z0-9][a-z0-9!#$&^_.+-]*)/[a-z0-9][a-z0-9!#$&^_.+-]*", re.IGNORECASE)
# These are made of parts of their own: they would become a piece of the mail's structure.
_STRUCTURAL = frozenset({"multipart", "message"})


def usable_name(name: str) -> str:
    """Return the name of a file. Raises ValueError for a path, and for a kind of file that SES doesn't take."""
    if "/" in name or "\\" in name or not name.strip(" ."):
        raise ValueError("This must be the name of a file, without a path.")
    # Windows takes no notice of dots and spaces at the end.
    if name.rstrip(" .").rpartition(".")[2].lower() in _REFUSED:
        raise ValueError("SES doesn't take files of this kind.")
    return name


def known_type(content_type: str) -> str:
    """Return a content type like `application/pdf`. Raises ValueError for any other text, and what has parts."""
    found = _TYPE.fullmatch(content_type)
    if found is None or found[1].lower() in _STRUCTURAL:
        raise ValueError("This must be a content type such as application/pdf, without parameters.")
    return content_type


def decoded(text: object) -> bytes:
    """Return the bytes that base64 stands for (RFC 4648, section 4). Raises ValueError."""
    try:
        if isinstance(text, str) and text:
            return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        pass
    raise ValueError("This must be base64, of at least one byte.")
