"""What comes back later: bounces (RFC 3464) and complaints (RFC 5965), as simulated exchangers write them."""

from __future__ import annotations

from attrs import frozen

from mailit.testing.exchanger import Caught

_MOST_HEADERS = 20_000


@frozen
class Report:
    """A report on its way: `kind` is `bounce` or `complaint`, `recipient` the return path, `data` the message.

    `about` is whom the mail was to; the envelope's sender is empty, as it must be (RFC 5321 §4.5.5).
    """

    kind: str
    recipient: str
    about: str
    data: bytes


def bounce(mail: Caught, recipient: str, hostname: str, status: str, diagnostic: str) -> Report:
    """A delivery status notification: the mail was taken, and could not be delivered after all."""
    human = f"Your message to {recipient} could not be delivered:\r\n\r\n    {diagnostic}\r\n"
    machine = (
        f"Reporting-MTA: dns; {hostname}\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; {diagnostic}\r\n"
    )
    data = _report(
        f"From: MAILER-DAEMON@{hostname}\r\nTo: <{mail.sender}>\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        "Auto-Submitted: auto-replied\r\n",
        "delivery-status",
        human,
        machine,
        mail,
    )
    return Report("bounce", mail.sender, recipient, data)


def complaint(mail: Caught, recipient: str, hostname: str) -> Report:
    """A feedback report: a reader called the mail spam."""
    human = f"This is an abuse report for a message that {hostname} received.\r\n"
    machine = (
        "Feedback-Type: abuse\r\nUser-Agent: simulator/1\r\nVersion: 1\r\n"
        f"Original-Mail-From: <{mail.sender}>\r\nOriginal-Rcpt-To: <{recipient}>\r\n"
    )
    data = _report(
        f"From: feedback@{hostname}\r\nTo: <{mail.sender}>\r\nSubject: Complaint\r\n",
        "feedback-report",
        human,
        machine,
        mail,
    )
    return Report("complaint", mail.sender, recipient, data)


def _report(head: str, kind: str, human: str, machine: str, mail: Caught) -> bytes:
    border = "=_report"
    original = mail.data.partition(b"\r\n\r\n")[0][:_MOST_HEADERS] + b"\r\n"
    text = (
        f'{head}MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type={kind};\r\n\tboundary="{border}"\r\n'
        f"\r\n--{border}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{human}"
        f"\r\n--{border}\r\nContent-Type: message/{kind}\r\n\r\n{machine}"
        f"\r\n--{border}\r\nContent-Type: text/rfc822-headers\r\n\r\n"
    )
    return text.encode() + original + f"\r\n--{border}--\r\n".encode()
