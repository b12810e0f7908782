"""A mail as servers exchange it: headers that nothing can be smuggled into, text and HTML (RFC 5322, MIME)."""

from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from togglebox.mail.port import Mail, MailRefused, Sender


def message(mail: Mail, sender: Sender, *, at: datetime) -> EmailMessage:
    """
    Return *mail* as a message from *sender*: names in other scripts are encoded (RFC 2047), domains too (RFC 3490).

    Raises:
        MailRefused: the address is none, or a name holds what would end a header.
    """
    domain = sender.address.rpartition("@")[2]
    made = EmailMessage(policy=SMTP)
    try:
        made["From"] = Address(sender.name, addr_spec=in_ascii(sender.address))
        made["To"] = Address(mail.name, addr_spec=in_ascii(mail.address))
        made["Subject"] = mail.subject
        made["Date"] = format_datetime(at)
        made["Message-ID"] = f"<{mail.id}@{in_ascii(domain)}>"
        # So that nobody's holiday answers it (RFC 3834, section 5).
        made["Auto-Submitted"] = "auto-generated"
    except (MessageError, ValueError, IndexError) as error:
        raise MailRefused("A header of the mail cannot be written") from error
    made.set_content(mail.text)
    made.add_alternative(mail.html, subtype="html")
    return made


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
