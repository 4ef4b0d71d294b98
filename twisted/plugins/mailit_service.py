"""MailIt, as `twistd mailit`."""

from twisted.application.service import ServiceMaker

mailit = ServiceMaker("MailIt", "mailit.tap", "A self-hosted email platform for developers.", "mailit")
