"""A mail as servers exchange it: headers that nothing can be smuggled into, text and HTML (RFC 5322, MIME)."""

import re
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from togglebox.mail.port import Mail, MailRefused, Sender


def message(mail: Mail, sender: Sender, *, at: datetime) -> EmailMessage:
    """
    Return *mail* as a message from *sender*: names in other scripts are encoded (RFC 2047), domains too (RFC 3490).

    Raises:
        MailRefused: the address is none, or something holds what would end a header.
    """
    if not (mail.subject + mail.id).isprintable():
        raise MailRefused("A header of the mail would end too soon")
    domain = sender.address.rpartition("@")[2]
    made = EmailMessage(policy=SMTP)
    made["From"] = spelled(sender.name, sender.address)
    made["To"] = spelled(mail.name, mail.address)
    made["Subject"] = mail.subject
    made["Date"] = format_datetime(at)
    made["Message-ID"] = f"<{mail.id}@{in_ascii(domain)}>"
    made["Auto-Submitted"] = "auto-generated"  # so that nobody's holiday answers it (RFC 3834, section 5)
    made.set_content(mail.text)
    made.add_alternative(mail.html, subtype="html")
    return made


def spelled(name: str, address: str) -> Address:
    """
    Return an address with the name of whom it leads to, as headers have them.

    Raises:
        MailRefused: the address is none, or one of them holds what would end a header.
    """
    if not (name + address).isprintable():
        raise MailRefused("A header of the mail would end too soon")
    local, _, domain = in_ascii(address).rpartition("@")
    try:
        # Letters of other scripts are good where ASCII's are (RFC 6531, section 3.3), but the parser knows none.
        Address(addr_spec=f"{_OTHER_SCRIPTS.sub('x', local)}@{domain}")
        return Address(name, local, domain)
    except (MessageError, ValueError, IndexError) as error:
        raise MailRefused("There can be no such address") from error


_OTHER_SCRIPTS: Final = re.compile(r"[^\x00-\x7f]")


def in_ascii(address: str) -> str:
    """
    Return an address, or a domain, with the domain as name servers know it (RFC 3490).

    Raises:
        MailRefused: there can be no such domain.
    """
    local, at, domain = address.rpartition("@")
    try:
        return f"{local}{at}{domain.encode('idna').decode()}"
    except UnicodeError as error:
        raise MailRefused("There can be no such domain") from error
