"""`mailit domain`, and what setup and doctor say of domains: the words of the API, by a real DNS server."""

from __future__ import annotations

import json

import pytest
import pytest_twisted
from attrs import evolve
from twisted.internet.threads import deferToThread

from mailit.cli.findings import Grade, of_domain
from mailit.domains.records import Hosts, records
from mailit.store.domains import Check
from tests.integration.api.zones import Zone
from tests.integration.test_command_line import SETUP, mailit  # noqa: F401 (a fixture)
from tests.unit.domains.test_verification import DOMAIN, KEYS

PASSWORD = "correct horse battery\n"


@pytest_twisted.async_yield_fixture
async def zone(reactor, monkeypatch):
    """DNS with nothing in it, and the configuration that asks it."""
    zone = Zone.at(reactor)
    monkeypatch.setenv("MAILIT_DNS_RESOLVER", zone.server.address)
    monkeypatch.setenv("MAILIT_DNS_TIMEOUT", "2s")
    yield zone
    await zone.server.stop()


@pytest.fixture
def run(mailit):  # noqa: F811
    """Runs a command in a thread, so that the DNS server can answer it meanwhile."""
    return lambda *arguments, typed="": deferToThread(lambda: mailit(*arguments, typed=typed))


def published(zone: Zone, said: str, domain: str = "acme.example") -> None:
    """Publishes what setup has printed as JSON."""
    records = json.loads(said)["dns_records"]
    zone.publish([{**record, "full_name": f"{record['name']}.{domain}"} for record in records])


class TestADomainOfTheCommandLine:
    """From its making to new keys, without the API."""

    @pytest_twisted.ensureDeferred
    async def test_its_life(self, run, zone):
        """Made, checked, published, checked again, verified by whoever runs the jobs, its keys rotated."""
        made = await run(*SETUP, "--domain", "acme.example", typed=PASSWORD)
        before = await run("domain", "check", "acme.example")
        assert before.status == 1
        assert "send.acme.example  MX  10 mx.example.com\n    SPF: Brings bounces back to us." in before.out
        assert "    pending: Not found at send.acme.example.\n    To do: Add this MX record: " in before.out
        published(zone, made.out)
        after = await run("domain", "check", "ACME.example.")
        assert (after.status, after.out.count("verified: Found as it should be.")) == (0, 5)
        assert (await run("domain", "verify", "acme.example")).status == 0
        assert "acme.example  pending" in (await run("domain", "list")).out
        rotated = await run("domain", "rotate", "acme.example")
        assert "mailit-2._domainkey.acme.example  TXT  v=DKIM1; k=rsa; p=" in rotated.out
        assert "pending: To be published. The key before it signs until this one is seen in DNS" in rotated.out
        again = await run("domain", "rotate", "acme.example")
        assert again.out == rotated.out

    @pytest_twisted.ensureDeferred
    async def test_setup_says_the_same(self, run, zone):
        """What to publish where, and what it is for."""
        made = await run(*SETUP[:-1], "--domain", "acme.example", typed=PASSWORD)
        assert "mailit._domainkey.acme.example  TXT  v=DKIM1; k=rsa; p=" in made.out
        assert "    not_started: Not looked for yet." in made.out
        assert "mailit domain verify acme.example" in made.out

    @pytest_twisted.ensureDeferred
    async def test_doctor_says_the_same(self, run, zone):
        """A line a record that is not as it should be."""
        made = await run(*SETUP, "--domain", "acme.example", typed=PASSWORD)
        published(zone, made.out)
        zone.text("send.acme.example", "v=spf1 -all", "v=spf1 a:mx.example.com ~all")
        zone.server.remove("_dmarc.acme.example", "TXT")
        said = (await run("doctor")).out
        assert "warn  acme.example SPF TXT: send.acme.example has 2 SPF records; receivers then take none" in said
        assert "warn  acme.example DMARC TXT: Not found at _dmarc.acme.example. Add this TXT record: " in said

    @pytest_twisted.ensureDeferred
    async def test_dns_that_is_silent(self, run, zone):
        """Nothing is concluded from it."""
        made = await run(*SETUP, "--domain", "acme.example", typed=PASSWORD)
        published(zone, made.out)
        zone.server.rcodes["send.acme.example"] = 2
        ran = await run("domain", "check", "acme.example")
        assert (ran.status, ran.out.count("temporary_failure: DNS gave no answer for send.acme.example.")) == (1, 2)

    @pytest_twisted.ensureDeferred
    async def test_what_is_no_name(self, run, zone):
        """One line says so, too."""
        ran = await run("domain", "check", "a b")
        assert (ran.status, "'a b' is no domain name" in ran.complaint) == (1, True)

    @pytest_twisted.ensureDeferred
    async def test_one_that_is_not_there(self, run, zone):
        """One line says so."""
        ran = await run("domain", "check", "nobody.example")
        assert (ran.status, ran.complaint) == (
            1,
            "mailit: there is no domain nobody.example; `mailit domain list` has those that there are",
        )


class TestTheGrades:
    """Bad is what a domain lost that sends; what is still to come, and advice, is to be thought about."""

    @pytest.mark.parametrize(
        ("status", "wrong", "grades"),
        [
            ("verified", [], {Grade.GOOD}),
            ("verified", ["TXT _dmarc"], {Grade.GOOD, Grade.DOUBTFUL}),
            ("verified", ["TXT mailit._domainkey"], {Grade.GOOD, Grade.DOUBTFUL}),
            ("verified", ["TXT mailit._domainkey", "TXT mailit-ed25519._domainkey"], {Grade.BAD}),
            ("verified", ["MX send"], {Grade.BAD}),
            ("pending", ["MX send"], {Grade.GOOD, Grade.DOUBTFUL}),
            ("pending", ["TXT mailit._domainkey", "TXT mailit-ed25519._domainkey"], {Grade.DOUBTFUL}),
        ],
    )
    def test_of_a_domain(self, status, wrong, grades):
        """By what its records are."""
        keys = [one.key for one in records(DOMAIN, KEYS, Hosts.of("mx.example.com"))]
        checks = {key: Check("failed" if key in wrong else "verified", says="Said.", fix="Mend.") for key in keys}
        domain = evolve(DOMAIN, status=status, checks=checks)
        found = list(of_domain(domain, records(domain, KEYS, Hosts.of("mx.example.com"))))
        assert {one.grade for one in found} == grades
        assert all(one.sentence == "Said. Mend." for one in found if one.grade is not Grade.GOOD)
