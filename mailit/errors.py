"""What can go wrong, as one tree; each class answers both with an HTTP status and with an SMTP reply.

The HTTP face is Resend's error object, `{"statusCode", "message", "name"}`. The SMTP face is a `Reply`.
The cause, for the log alone, travels as `__cause__`.
"""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen


@frozen
class Reply:
    """What an SMTP server says (RFC 5321 §4.2), ours or a peer's.

    `code` is the three-digit code, 0 where the peer said nothing that has one. `status` is the enhanced status
    (RFC 3463), as `"5.1.1"`, or empty. `text` is the rest, lines joined by a newline.
    """

    code: int
    status: str
    text: str

    @property
    def permanent(self) -> bool:
        """Whether the peer said that trying again is of no use (5yz)."""
        return 500 <= self.code < 600

    def __str__(self) -> str:
        return " ".join(part for part in (str(self.code or ""), self.status, self.text) if part)


class MailItError(Exception):
    """The root: something failed, and whoever asked may be told so.

    `message` is a sentence fit for the peer. Subclasses set `http` (status), `name` (Resend's) and `reply`.
    """

    http: ClassVar[int] = 500
    name: ClassVar[str] = "application_error"
    reply: ClassVar[Reply] = Reply(451, "4.3.0", "Local error in processing")
    default: ClassVar[str] = "An unexpected error occurred."

    def __init__(self, message: str | None = None) -> None:
        self.message = message or self.default
        super().__init__(self.message)


class Unavailable(MailItError):
    """Something that we need is away (the database, as a rule); the same request may go through later."""

    http, name = 503, "service_unavailable"
    reply = Reply(451, "4.3.2", "Service temporarily unavailable")
    default = "The service is temporarily unavailable. Please try again."


class Refused(MailItError):
    """The request itself is at fault; the same request will be refused again."""

    http, name = 422, "validation_error"
    reply = Reply(550, "5.6.0", "Message refused")
    default = "We found an error with one or more fields in the request."


class Malformed(Refused):
    """The body can't be read at all: not JSON, not an object."""

    http, name = 400, "validation_error"


class MissingField(Refused):
    """A field that is required is absent."""

    name = "missing_required_field"

    @classmethod
    def named(cls, field: str) -> MissingField:
        """The error in Resend's words for this field."""
        return cls(f"Missing `{field}` field.")


class InvalidParameter(Refused):
    """A part of the path or the query is not of its kind."""

    name = "invalid_parameter"


class InvalidAttachment(Refused):
    """An attachment has no content, or what it has can't be used."""

    name = "invalid_attachment"
    default = "Attachment must have either a `content` or `path`."


class TooLarge(Refused):
    """The body, or a part of it, is over its limit."""

    http = 413
    reply = Reply(552, "5.3.4", "Message too big")


class HeadersTooLarge(Refused):
    """The request's line and its headers are over what is taken of them."""

    http = 431


class Encoded(Refused):
    """The body is compressed, or encoded in another way that is not read."""

    http = 415
    default = "The request body has a Content-Encoding that is not taken. Send JSON as it is."


class TooManyRecipients(Refused):
    """More recipients than one mail may have."""

    reply = Reply(452, "4.5.3", "Too many recipients")


class MissingApiKey(Refused):
    """No credentials came with the request."""

    http, name = 401, "missing_api_key"
    reply = Reply(530, "5.7.0", "Authentication required")
    default = "Missing API key in the authorization header."


class InvalidApiKey(Refused):
    """The credentials name nobody, or were revoked."""

    http, name = 403, "invalid_api_key"
    reply = Reply(535, "5.7.8", "Authentication credentials invalid")
    default = "API key is invalid."


class SessionEnded(Refused):
    """The token of a session that is over, was revoked, or never was."""

    http, name = 401, "invalid_access_token"
    reply = Reply(535, "5.7.8", "Authentication credentials invalid")
    default = "The session has ended. Please sign in again."


class BadCredentials(Refused):
    """The address and the password do not go together; whether there is such an account is not said."""

    http, name = 401, "invalid_credentials"
    reply = Reply(535, "5.7.8", "Authentication credentials invalid")
    default = "The email or the password is wrong."


class RestrictedApiKey(Refused):
    """The key may only send."""

    http, name = 401, "restricted_api_key"
    reply = Reply(550, "5.7.1", "This API key is restricted to only send emails")
    default = "This API key is restricted to only send emails"


class Forbidden(Refused):
    """The caller is known and may not do this."""

    http, name = 403, "invalid_permission"
    reply = Reply(550, "5.7.1", "Not permitted")
    default = "You are not permitted to do this."


class DomainNotVerified(Refused):
    """The sender's domain is not one that this team may send from."""

    http = 403
    reply = Reply(550, "5.7.1", "Sender domain not verified")

    @classmethod
    def named(cls, domain: str) -> DomainNotVerified:
        """The error in Resend's words for this domain."""
        return cls(f"The {domain} domain is not verified. Please, add and verify your domain.")


class NotFound(Refused):
    """There is no such thing, or it is another team's."""

    http, name = 404, "not_found"
    reply = Reply(550, "5.1.1", "Not found")
    default = "The requested endpoint does not exist."


class MethodNotAllowed(Refused):
    """The path exists, the method does not."""

    http, name = 405, "method_not_allowed"
    default = "Method is not allowed for the requested path."


class Conflict(Refused):
    """The request is right by itself, and at odds with what is there."""

    http, name = 409, "resource_locked"


class InvalidIdempotencyKey(Refused):
    """The key is empty or too long."""

    http, name = 400, "invalid_idempotency_key"
    default = "The key must be between 1-256 chars."


class IdempotencyKeyReused(Conflict):
    """The key was used before, for another request."""

    name = "invalid_idempotent_request"
    default = "Same idempotency key used with a different request payload."


class IdempotencyKeyInUse(Conflict):
    """The key is being used at this moment, for another request: whether that one succeeds is not known yet."""

    name = "concurrent_idempotent_requests"
    default = "Same idempotency key used while original request is still in progress."


class RateLimited(Refused):
    """Too many requests from one team or address; `retry_after` is in whole seconds."""

    http, name = 429, "rate_limit_exceeded"
    reply = Reply(451, "4.7.1", "Rate limit exceeded")
    default = "Too many requests. Please limit the number of requests per second."

    def __init__(self, message: str | None = None, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class QuotaExceeded(RateLimited):
    """A team has sent what it may; `retry_after` is when it may send again."""

    reply = Reply(452, "4.7.1", "Quota exceeded")


class DailyQuotaExceeded(QuotaExceeded):
    """That of the day."""

    name = "daily_quota_exceeded"
    default = "You have reached your daily email quota."


class MonthlyQuotaExceeded(QuotaExceeded):
    """That of the month."""

    name = "monthly_quota_exceeded"
    default = "You have reached your monthly email quota."


class CannotStart(MailItError):
    """The program can't run as it is set up: one line that says what to do, exit status 1."""
