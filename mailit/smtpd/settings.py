"""What the mail servers may be told: reception (port 25), submission (587 and 465), and their certificate."""

from __future__ import annotations

from pathlib import Path

from attrs import frozen

from mailit.settings import ADDRESS, FLAG, HOST_NAME, PATH, UNSET, Address, integer, setting


@frozen
class SmtpInboundSettings:
    """Section `smtp_inbound`."""

    enabled: bool = setting(False, "Whether mail is received for verified domains.", FLAG)
    listen_addr: Address = setting(":25", "Where other servers reach us.", ADDRESS)
    domain: str | None = setting(
        UNSET, "The name in our greeting, and that of bounce addresses.", HOST_NAME, "smtp_outbound.hostname"
    )
    max_message_bytes: int = setting(26_214_400, "The largest mail that is taken.", integer(65_536, 1_073_741_824))


@frozen
class SubmissionSettings:
    """Section `submission`."""

    enabled: bool = setting(False, "Whether applications may send by SMTP, an API key as password.", FLAG)
    listen_addr: Address = setting(":587", "Submission with STARTTLS.", ADDRESS)
    tls_listen_addr: Address = setting(":465", "Submission with implicit TLS.", ADDRESS)


@frozen
class TlsSettings:
    """Section `tls`: the certificate of 25, 587 and 465, reloaded when it changes."""

    cert_file: Path | None = setting(UNSET, "Certificate chain, PEM.", PATH, "self-signed, made into server.data_dir")
    key_file: Path | None = setting(UNSET, "Its private key, PEM.", PATH, "self-signed, made into server.data_dir")
