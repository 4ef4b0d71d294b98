"""What refusals mean, as data: each rule with the words or the status that it goes by, and the reason why it stands.

The order is the order in which rules are asked: what names its matter most clearly comes first. Words are regular
expressions over the text in lower case; statuses are those of RFC 3463 and IANA's registry without their class, as
`7.26`, and what big receivers mean by theirs.
"""

from __future__ import annotations

import re
from enum import Enum

from attrs import field, frozen


class Scope(Enum):
    """Whom or what a refusal is about."""

    RECIPIENT = "recipient"  # this address
    SENDER_IP = "sender-ip"  # the address that we send from
    SENDER_DOMAIN = "sender-domain"  # the domain that the mail is from
    CONTENT = "content"  # this mail
    POLICY = "policy"  # what the receiver will not have, whoever sends it
    RECEIVER = "receiver"  # the receiver's own trouble, or the way to it


@frozen
class Rule:
    """One meaning. What is given of `words`, `statuses` and `codes` must hold, all of it.

    `only` is the class of the codes that it is for (4, 5, or 0 for any). `hard`: there is nobody at this address, so
    that no mail to it will ever arrive; it counts only in a refusal that is for good.
    """

    id: str
    scope: Scope
    kind: str
    why: str = field(kw_only=True)
    words: re.Pattern[str] | None = field(default=None, kw_only=True)
    statuses: re.Pattern[str] | None = field(default=None, kw_only=True)
    codes: tuple[int, ...] = field(default=(), kw_only=True)
    only: int = field(default=0, kw_only=True)
    hard: bool = field(default=False, kw_only=True)


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives))


_R, _IP, _DOMAIN = Scope.RECIPIENT, Scope.SENDER_IP, Scope.SENDER_DOMAIN
_CONTENT, _POLICY, _RECEIVER = Scope.CONTENT, Scope.POLICY, Scope.RECEIVER

_USER = r"(?:user|recipient|mailbox|account|address(?:ee)?|inbox|e-?mail|alias|local part|customer|person|member|group)"
_GONE = (
    r"(?:not found|not be found|(?:is |was )?unknown|un?existent|non-?exist\w*|does ?n[o']t exist|do(?:es)? not exist"
    r"|not exist|do ?n[o']t exist|is(?: an)? invalid|not valid|not a valid|is invalid|isn't valid|not known|not listed"
    r"|no longer \w+|does(?: not|n't) have|undeliverable|deleted|removed|discontinued|has been closed|is closed"
    r"|not recogni[sz]ed|not a known|not here|not local|not present|not defined|not registered)"
)

RULES: tuple[Rule, ...] = (
    # What most refusals are, asked first.
    Rule(
        "user-unknown",
        _R,
        "no-mailbox",
        words=_any(
            r"user unknown|unknown user|no such (?:user|recipient|mailbox)|(?:user|account|mailbox) (?:does|not found)"
        ),
        statuses=_any(r"1\.1"),
        only=5,
        hard=True,
        why="RFC 3463, bad mailbox address, in the words of most servers",
    ),
    # Statuses that say one thing, whatever words are around them.
    Rule(
        "status-authentication",
        _DOMAIN,
        "authentication",
        statuses=_any(r"7\.(?:2[0-4]|26|27|30|509|515)"),
        why="RFC 7372 (7.20 to 7.24, 7.26); Gmail's 7.26, 7.27 (SPF), 7.30 (DKIM); Microsoft's 7.509 (DMARC), 7.515",
    ),
    Rule("status-ptr", _IP, "no-ptr", statuses=_any(r"7\.25"), why="RFC 7372 §3.3; Gmail's 7.25: no matching PTR"),
    Rule(
        "status-flood",
        _IP,
        "throttled",
        statuses=_any(r"7\.(?:28|450|500|508|65\d)"),
        why="IANA 7.28, mail flood, as Gmail uses it; Microsoft's 7.500, 7.508 and 7.65x: slow down",
    ),
    Rule(
        "status-tls",
        _POLICY,
        "tls-required",
        statuses=_any(r"7\.(?:10|11|29)"),
        why="RFC 5248 (7.10, 7.11); Gmail's 7.29: mail must come over TLS",
    ),
    Rule(
        "status-banned-ip",
        _IP,
        "blocklisted",
        statuses=_any(r"7\.(?:50[1-3]|511|60[6-9]|6[1-4]\d|708|750)"),
        why="Microsoft's 7.501 to 7.511 and 7.606 to 7.649: this sender or its address is banned",
    ),
    Rule(
        "status-recipient-rate",
        _R,
        "recipient-rate",
        statuses=_any(r"2\.12[0-2]"),
        why="Microsoft's 2.121, 2.122: so many mails an hour to one recipient",
    ),
    Rule("status-loop", _RECEIVER, "loop", statuses=_any(r"4\.6"), why="RFC 3463: routing loop detected"),
    Rule("status-expired", _RECEIVER, "expired", statuses=_any(r"4\.7"), why="RFC 3463: delivery time expired"),
    Rule(
        "status-null-mx",
        _R,
        "no-domain",
        statuses=_any(r"1\.10"),
        hard=True,
        why="RFC 7505 §4: the domain says that it takes no mail",
    ),
    Rule("status-moved", _R, "moved", statuses=_any(r"1\.6"), hard=True, why="RFC 3463: moved, no forwarding address"),
    # Greylisting and too much at once.
    Rule(
        "greylisting",
        _RECEIVER,
        "greylisting",
        words=_any(
            r"gr[ae]y-?\s?list",
            r"\[gl0\d\]",
            r"postgrey",
            r"\bgreyd",
            r"try again in \d+ ?(?:s|m)",
            r"first (?:time|contact|attempt)",
            r"retry (?:after|in) \d+ ?(?:s|m)",
            r"early (?:talker|retry)",
        ),
        only=4,
        why="a receiver that takes no first attempt of a stranger: come again, nothing else",
    ),
    Rule(
        "yahoo-tags",
        _IP,
        "throttled",
        words=_any(r"\[(?:ip)?tss?\d\d\]", r"\[rl\d\d\]"),
        why="Yahoo's TS03, TSS04, IPTS04, RL: unexpected volume or complaints from our address",
    ),
    Rule(
        "yahoo-blocked",
        _IP,
        "blocklisted",
        words=_any(r"\[bl\d\d\]"),
        why="Yahoo's BL21 and BL23: our address is on Spamhaus's list",
    ),
    Rule(
        "yahoo-content",
        _CONTENT,
        "spam",
        words=_any(r"\[(?:ph|vs|sp)\d\d\]"),
        why="Yahoo's PH01 and its like: not accepted for what is in it",
    ),
    Rule(
        "apple-tags",
        _IP,
        "ip-reputation",
        words=_any(r"\[(?:hcm|hm|bs)\d+\]"),
        why="Apple's HM, HCM and BS: our address or its record is not liked",
    ),
    Rule("apple-content", _CONTENT, "spam", words=_any(r"\[cs\d+\]"), why="Apple's CS01: the content was refused"),
    Rule(
        "session-limit",
        _RECEIVER,
        "session-limit",
        words=_any(
            r"(?:messages?|mails?|e-?mails?|recipients|transactions|commands) (?:allowed )?(?:per|on this|"
            r"in this|for this)"
            r" (?:smtp )?(?:connection|session)",
            r"too many (?:recipients|rcpt)",
            r"(?:only )?one recipient (?:at a time|per)",
            r"recipients? limit",
        ),
        why="RFC 5321 §4.5.3.1.10, and limits on one connection: the rest goes over another",
    ),
    Rule(
        "recipient-rate",
        _R,
        "recipient-rate",
        words=_any(
            r"receiving mail (?:at a rate|too)",
            r"(?:recipient|user|mailbox|account)\b.{0,40}(?:rate limit|exceed\w* (?:his|her|its|their|the)?\s?"
            r"(?:\w+ )?(?:limit|rate|number))",
            r"limit for the number of messages",
            r"messages to this recipient per",
            r"too many recent messages",
            r"too many (?:messages|mails|e-?mails) (?:to|for) (?:this|the|that) (?:user|recipient|mailbox)",
        ),
        why="more mail for one person than the receiver takes in a while; others are not touched",
    ),
    Rule(
        "receiver-quota",
        _RECEIVER,
        "busy",
        words=_any(r"(?:queue|tenant|organi[sz]ation\w*)\b.{0,20} (?:quota|limit)"),
        only=4,
        why="a limit of the whole organization, not of a mailbox",
    ),
    Rule(
        "connections",
        _IP,
        "throttled",
        words=_any(
            r"too many (?:\w+ ){0,2}(?:connections|sessions)",
            r"(?:connections?|sessions?)\b.{0,30}(?:limit|exceed|rate|frequen|too (?:many|fast))",
            r"(?:concurren|simultan)\w* connection",
            r"max(?:imum)?\b.{0,20} connections",
        ),
        why="more connections from us at once than the receiver takes",
    ),
    Rule(
        "rate",
        _IP,
        "throttled",
        words=_any(
            r"unusual (?:rate|amount|sending)",
            r"rate[- ]?(?:limit|control)",
            r"throttl",
            r"unexpected volume",
            r"(?:excessive|high|large|unusual) (?:volume|rate|number|amount)",
            r"too many (?:messages|mails|e-?mails|errors|requests|attempts|unknown|invalid|bad)",
            r"too (?:fast|frequent|quickly|much mail|often)",
            r"(?:frequency|sending|message|mail|hourly|daily|delivery) (?:is )?(?:rate )?(?:limit|quota)",
            r"(?:slow|back) (?:down|off)",
            r"reduce (?:your|the) ?\w* (?:rate|speed|volume)",
            r"exceed\w* .{0,40}(?:per (?:hour|day|minute|second)|rate|allowed (?:number|limit))",
            r"deferred due to",
            r"temporarily deferred",
            r"exceeded .{0,20}(?:sending|message|daily|hourly) (?:limit|quota)",
            r"\bflood",
            r"de trop (?:de )?(?:messages|connexions)",
            r"zu viele",
        ),
        why="the pace, not the mail: slower is taken",
    ),
    # Our domain, our address, our name.
    Rule(
        "domain-listed",
        _DOMAIN,
        "blocklisted",
        words=_any(
            r"\bdbl\b",
            r"surbl",
            r"uribl",
            r"(?:sender|mail ?from|from|helo|ehlo|your|sending) domain\b.{0,40}(?:list|spamhaus|block|banned)",
            r"domain\b.{0,30}(?:is|was|being|present|on|in)\b.{0,20}(?:spamhaus|(?:black|block|deny) ?list|listed)",
            r"(?:black|block) ?listed (?:domain|url|uri|link)",
        ),
        why="lists of domains (Spamhaus DBL, SURBL, URIBL) name the one that the mail is from or points to",
    ),
    Rule(
        "domain-reputation",
        _DOMAIN,
        "domain-reputation",
        words=_any(
            r"reputation of (?:the|your) (?:sending |sender )?domain",
            r"domain(?:'s)? (?:has a )?(?:\w+ )?reputation",
            r"domain based\)",
            r"poor domain",
        ),
        why="the receiver's record of the sending domain",
    ),
    Rule(
        "auth-required",
        _POLICY,
        "auth-required",
        words=_any(
            r"authentication (?:is )?(?:required|needed)",
            r"must (?:first )?authenticate|turn on smtp auth",
            r"(?:smtp )?auth(?:entication)? (?:first|before)",
            r"not logged in",
            r"requires? authentication",
            r"authenticate first",
            r"client was not authenticated",
        ),
        why="RFC 4954 §6: a server for its own users, who sign in",
    ),
    Rule(
        "authentication",
        _DOMAIN,
        "authentication",
        words=_any(
            r"\bdmarc",
            r"\bspf\b",
            r"\bdkim\b",
            r"domain ?keys",
            r"un-?authenticated (?:mail|e-?mail|message|sender)",
            r"(?:is|not|isn't|sender is) (?:un)?authenticated",
            r"not (?:been )?authenticated",
            r"authentication (?:check|information|result|fail|policy)",
            r"fail\w* authentication",
            r"sender policy framework",
            r"spoof",
            r"forged",
            r"sender ?id\b",
            r"impersonat",
        ),
        why="SPF, DKIM or DMARC did not pass: ours to mend",
    ),
    Rule(
        "ptr",
        _IP,
        "no-ptr",
        words=_any(
            r"\bptr\b",
            r"reverse[- ]?(?:dns|lookup|host|address|name|map|record|resolution)",
            r"\brdns\b",
            r"(?:cannot|can't|could not|unable to|does not|doesn't) (?:find|resolve) (?:your|to)",
            r"(?:hostname|host name|client host|ip(?: address)?)\b.{0,40}(?:does ?n[o']t|not|no|cannot be) "
            r"(?:resolve|reverse|match|a valid host)",
            r"(?:no|without|lack\w*|missing)\b.{0,20}(?:valid )?(?:ptr|dns name|host ?name)",
            r"dynamic (?:ip|address|host)",
            r"\bgeneric (?:host|rdns|ptr|reverse)",
            r"dialup|dial-up|residential (?:ip|address)",
        ),
        why="the name of our address in DNS (RFC 1912 §2.1), which most receivers look at",
    ),
    Rule(
        "helo",
        _IP,
        "helo",
        words=_any(
            r"\b(?:helo|ehlo)\b.{0,40}(?:reject|invalid|not|does|must|need|required|fail|bad|mismatch|refus|denied)",
            r"(?:invalid|bad|wrong|bogus|fake) (?:helo|ehlo)",
        ),
        why="RFC 5321 §4.1.1.1: the name that we gave at EHLO",
    ),
    Rule(
        "ip-listed",
        _IP,
        "blocklisted",
        words=_any(
            r"spamhaus|spamcop|sorbs|barracudacentral|senderscore|uceprotect|abusix|mailspike|spamrats|backscatterer",
            r"csi\.cloudmark|cloudmark sender intelligence|ipcheck\.proofpoint|postmaster\.live\.com|"
            r"sender\.office\.com",
            r"\brbls?\b|dnsb?l|\bzen\.",
            r"(?:black|block|deny|drop)[- ]?list",
            r"\b(?:is|was|been|found) listed",
            r"listed (?:in|at|on|by) ",
            r"(?:\b(?:ip|host|client|server|network|sender)\b|\]).{0,40}\b(?:block|bann|bloqu)",
            r"block\w* (?:ip|your|for (?:abuse|spam))",
            r"(?:bloque|gesperrt|bloquead).{0,20}\bip\b|\bip\b.{0,30}(?:bloque|gesperrt)",
            r"banned (?:sending|sender|ip|host)",
            r"connections? (?:will )?not (?:be )?accepted from",
            r"\(s3\d{3}\)",
            r"bad (?:ip|host|sender) (?:score|reputation)",
            r"(?:spam|abuse) (?:source|issues)",
            r"delist",
            r"\(ip based\)",
        ),
        why="a list, the receiver's or a public one, has our address",
    ),
    Rule(
        "ip-reputation",
        _IP,
        "ip-reputation",
        words=_any(
            r"\breputation", r"poor (?:score|standing)", r"trust(?:ed)? (?:level|score|sender)", r"sender score"
        ),
        why="the receiver's record of our address",
    ),
    Rule(
        "from-header",
        _CONTENT,
        "format",
        words=_any(
            r"from:? (?:header|field|line)",
            r"missing (?:a )?(?:valid )?(?:\w+ )?(?:from|date|message-id|header|subject)",
            r"(?:multiple|duplicate|two|more than one) (?:from|headers?|addresses in)",
            r"(?:not |non-?|isn't )rfc.{0,20}(?:compl|conform|5322|2822|822)",
            r"rfc ?-?(?:5322|2822|822)\b",
            r"(?:headers?|mime)\b.{0,30}(?:malformed|not compliant|invalid|syntax|broken)",
            r"malformed (?:message|header|mime)",
            r"bare (?:cr|lf|line)",
            r"line(?:s)? (?:is |are )?too long|line length",
            r"header (?:too|size|count)",
            r"8-?bit|non-?ascii|null (?:byte|character)",
            r"\(header based\)",
            r"message-id",
        ),
        why="RFC 5322: the message is not made as it must be",
    ),
    Rule(
        "sender-address",
        _DOMAIN,
        "bad-sender",
        words=_any(
            r"sender(?:'s)? (?:address|domain|e-?mail|verif\w+|mailbox)?\s?(?:\w+ ){0,2}(?:reject|invalid|"
            r"unknown|not|fail"
            r"|does|denied|refus|unresolv|missing|needed)",
            r"invalid (?:sender|return|from|envelope)",
            r"emetteur invalide|expediteur|absender",
            r"domain (?:of|name of|for) (?:the )?sender",
            r"sender domain",
            r"(?:return|reverse|mail)[- ](?:path|from)\b.{0,40}(?:invalid|not|reject|unknown|fail|denied|refus)",
            r"\bmail from\b.{0,30}(?:invalid|not|reject|unknown|fail|denied|refus)",
            r"envelope sender|bad sender|unknown sender|sender rejected",
            r"verify (?:the )?sender|sender (?:callout|verify)",
        ),
        why="the return path or the domain behind it is not taken",
    ),
    # What is in the mail.
    Rule(
        "virus",
        _CONTENT,
        "virus",
        words=_any(r"\bvirus", r"malware", r"\binfect", r"trojan", r"\bworm\b", r"clamav"),
        why="a scanner found something that harms",
    ),
    Rule(
        "attachment",
        _CONTENT,
        "attachment",
        words=_any(
            r"attach(?:ment|ed)",
            r"(?:illegal|banned|forbidden|blocked|dangerous|executable) (?:file|extension|type)",
            r"file (?:type|name|extension)",
        ),
        why="a file of a kind that the receiver does not take",
    ),
    Rule(
        "too-large",
        _CONTENT,
        "too-large",
        words=_any(
            r"(?:message|mail|e-?mail|size|content|body)\b.{0,40}(?:exceed\w*|over|above|greater|larger)\b.{0,40}"
            r"(?:size|maximum|limit|length|bytes|kb|mb)",
            r"(?:message|mail|e-?mail|size|data|content|body)\b.{0,20}too (?:large|big|long)",
            r"too (?:large|big) (?:message|mail)",
            r"(?:maximum|max|message|mail) (?:message |mail )?size (?:limit )?(?:exceed|is|was|of)",
            r"size limit",
            r"nachricht.{0,20}zu gro|trop (?:gros|volumineux)",
        ),
        why="RFC 1870: larger than the receiver takes",
    ),
    Rule(
        "full",
        _R,
        "full",
        words=_any(
            r"quota",
            r"(?:mailbox|inbox|account|folder|storage|user|recipient|maildir)\b.{0,30}(?:is |too |"
            r"are )?(?:\bfull|over (?:its|the)|"
            r"out of (?:space|storage)|exceed)",
            r"\bfull\b.{0,20}(?:mailbox|inbox)|mailbox size",
            r"exceed\w* (?:its |the |their )?(?:storage|disk|space|mailbox)",
            r"storage (?:allocation|limit)",
            r"(?:boite|bo\xeete|casella|buz[o\xf3]n|postfach|caixa).{0,30}(?:plein|pien|lleno|voll|cheia)",
            r"not enough (?:space|room|storage) (?:in|for)",
            r"no (?:more )?space (?:left )?(?:in|for) (?:the |this )?(?:mailbox|user|recipient)",
        ),
        why="the mailbox has no room; its owner may make some",
    ),
    Rule(
        "spam",
        _CONTENT,
        "spam",
        words=_any(
            r"\bspam(?!haus)",
            r"unsolicited",
            r"\bjunk\b",
            r"\b(?:bulk|promotional) (?:mail|e-?mail)",
            r"content\b.{0,20}(?:reject|filter|polic|restrict|refus|unaccept|block|not|scan)",
            r"(?:banned|objectionable|offensive|undesirable|unwanted|bad|prohibited|inappropriate) (?:content|"
            r"word|mail|message)",
            r"suspicious",
            r"bayes",
            r"phish",
            r"failed (?:spam|content) ",
        ),
        why="a filter judged the mail",
    ),
    # The recipient.
    Rule(
        "unverified",
        _R,
        "unverified",
        words=_any(r"unverified address", r"verification (?:in progress|failed|pending)", r"(?:could|can) ?not verify"),
        only=4,
        why="the receiver is asking another server about the address",
    ),
    Rule(
        "policy-words",
        _POLICY,
        "refused",
        words=_any(
            r"mailbox unavailable.{0,20}(?:policy|reject)",
            r"due to policy|policy (?:restriction|rejection|reason|violation|block|error|reject)",
            r"block-(?:send|rcpt)|customized-block",
            r"administrative(?:ly)? prohibit",
            r"envelope blocked|for policy reasons|against (?:our|the|local) polic|local policy|security polic|violat",
        ),
        why="a rule of the receiver's, which it does not explain",
    ),
    Rule(
        "no-domain",
        _R,
        "no-domain",
        words=_any(
            r"(?:no such|unknown|bad|invalid) (?:destination )?(?:domain|host)\b",
            r"(?:domain|host)(?: or domain)?(?: name)?\b.{0,50}(?:not found|does ?n[o']t exist|do not exist|"
            r"not exist|unknown|"
            r"not known|nonexist)",
            r"unroute?able|nxdomain|no mx\b",
            r"(?:domain|host) (?:does not|doesn't|will not) (?:accept|receive) (?:mail|e-?mail)",
        ),
        hard=True,
        why="there is no such destination",
    ),
    Rule(
        "relaying",
        _POLICY,
        "relaying",
        words=_any(
            r"relay(?:ing)?\b.{0,30}(?:denied|not|access|prohib|refused|permit|allow|reject|attempt)",
            r"(?:not permitted|not allowed|unable|refuse|denied|cannot|not authori[sz]ed) to relay",
            r"(?:open|no|we do(?: not|n't)) relay",
            r"rcpthosts",
            r"not (?:a|in)\b.{0,20}(?:local|hosted|served|allowed) (?:domain|host)",
            r"domain (?:is )?not (?:hosted|handled|served|local|accepted|configured)",
        ),
        why="this server does not take mail for that domain: its MX leads astray",
    ),
    Rule(
        "disabled",
        _R,
        "disabled",
        words=_any(
            _USER + r"\b.{0,60}(?:disabled|inactiv|de-?activated|suspended|\blocked|frozen|not active|on hold|expired|"
            r"archived|temporarily (?:closed|blocked))",
            r"(?:disabled|inactive|suspended|locked|deactivated|expired|blocked) (?:\w+ )?" + _USER,
            r"due to inactivity",
            r"(?:account|mailbox|compte|boite)\b.{0,40}(?:is|est) (?:blocked|bloqu)",
            r"compte.{0,20}(?:desactiv|d\xe9sactiv|suspendu)",
        ),
        why="there is such a mailbox, and it is shut",
    ),
    Rule(
        "no-mailbox",
        _R,
        "no-mailbox",
        words=_any(
            r"(?:no|unknown|invalid|bad|wrong|non-?exist\w*) (?:such )?(?:\w+ )?" + _USER + r"\b",
            r"no such (?:\w+ )?(?:user|recipient|mailbox|person|address|account|local|id|here)",
            _USER + r"s?\b.{0,80}" + _GONE,
            r"(?:unknown|invalid)[- ]?(?:or illegal )?(?:recipient|user|alias|local)",
            r"is no longer (?:valid|active|available|in use|here|with)|no longer (?:works|employed|exists)",
            r"not (?:a )?(?:known|valid|our) (?:user|recipient|mailbox|customer|account|address)",
            r"(?:does ?n[o']t|not) have (?:a|an)\b.{0,30} account",
            r"not in (?:the |our )?(?:recipient|address|user) (?:list|table|map)",
            r"nobody (?:by|here|with)|not our (?:customer|user)|addressee unknown|who(?: is|'s) that",
            r"recipient(?: address)?(?:es)?(?: is)? (?:rejected|refused|not accepted)\s?(?:: ?)?(?:access denied)?$",
            r"recipient address(?:es)? rejected ?: (?:access denied|undeliverable|user|no such|unknown|invalid|"
            r"mailbox)",
            r"user (?:not|unknown|invalid|does)|recipnotfound|invalid-recipient|marked as invalid",
            r"mailbox (?:not found|unknown|not available|unavailable|invalid|does)",
            r"delivery error: dd\b.{0,60}(?:no longer|doesn't|not a valid|account)",
            r"unbekannt|nicht (?:gefunden|bekannt|vorhanden|existier)|existiert nicht|kein(?:en)? "
            r"(?:solch\w+ )?(?:benutzer|postfach)",
            r"inconnu|n'existe pas|inexistant|destinataire invalide|desconocid|no existe|n[\xe3a]o existe|inesistente|"
            r"sconosciut|nieznan|onbekend|bestaat niet",
            r"\u4e0d\u5b58\u5728|\u65e0\u6b64\u7528\u6237|\u5b58\u5728\u3057\u307e\u305b\u3093",
        ),
        only=5,
        hard=True,
        why="there is nobody at this address",
    ),
    Rule(
        "no-mailbox-for-now",
        _R,
        "unavailable",
        words=_any(
            _USER + r"s?\b.{0,40}(?:unavailable|not available|temporar|unknown|invalid|not found|locked|busy|in use)",
            r"(?:invalid|unknown|no such) " + _USER,
            r"user unknown",
        ),
        only=4,
        why="the address, and for now: a directory out of step, or a mailbox that is in use",
    ),
    Rule(
        "bad-address",
        _R,
        "bad-address",
        words=_any(
            r"(?:bad|invalid|illegal|malformed|incorrect) (?:\w+ )?(?:e-?mail )?address",
            r"address (?:syntax|format|is malformed)",
            r"not a valid rfc",
            r"syntax error in (?:the )?(?:recipient|address|mailbox|local|domain)",
            r"mailbox (?:name|syntax)\b.{0,20}(?:not|invalid|incorrect)",
        ),
        only=5,
        hard=True,
        why="RFC 5321 §4.1.2: it is no address",
    ),
    # What the receiver does not say clearly.
    Rule(
        "content-words",
        _CONTENT,
        "spam",
        words=_any(
            r"message (?:was |has been )?(?:filtered|blocked|refused as|rejected as|classified)",
            r"\b(?:url|uri|link)s?\b.{0,30}(?:block|list|reject|ban|malicious|not)",
            r"\bscor(?:e|ed)\b",
            r"advert|commercial|viagra|scam|fraud",
            r"message (?:contains|content|looks|not allowed)",
            r"not accepted for policy",
        ),
        why="words that filters use of what they judged",
    ),
    Rule(
        "loop",
        _RECEIVER,
        "loop",
        words=_any(r"\bloop", r"too many hops|hop count|maximum hop|received: headers|too many received"),
        why="RFC 5321 §6.3: the mail goes in a circle on the other side",
    ),
    Rule(
        "tls",
        _POLICY,
        "tls-required",
        words=_any(
            r"starttls",
            r"\btls\b.{0,30}(?:required|mandatory|needed|must|only|fail)",
            r"(?:require|must use|need)\w*\b.{0,20}(?:tls|encrypt|secure)",
            r"encrypt(?:ion|ed)\b.{0,20}(?:required|needed|only)",
        ),
        why="RFC 3207 §4: mail must come encrypted",
    ),
    Rule(
        "storage",
        _RECEIVER,
        "storage",
        words=_any(
            r"insufficient (?:system |disk )?(?:storage|resources|space)",
            r"disk (?:is )?full|no space|out of (?:disk|memory)",
        ),
        why="RFC 3463 3.1: the receiving system has no room",
    ),
    Rule(
        "expired",
        _RECEIVER,
        "expired",
        words=_any(
            r"(?:message|delivery|retry|queue)\b.{0,30}(?:expired|time ?out exceeded|too old)", r"retry timeout"
        ),
        why="another server tried for as long as it does",
    ),
    Rule(
        "dns",
        _RECEIVER,
        "dns",
        words=_any(
            r"\bdns\b.{0,40}(?:fail|error|time|lookup|problem|temp)",
            r"(?:name|domain|host) (?:lookup|resolution) (?:fail|error)",
        ),
        why="names could not be looked up, theirs or ours",
    ),
    Rule(
        "network",
        _RECEIVER,
        "network",
        words=_any(
            r"(?:connection|connect|session|channel)\b.{0,40}(?:lost|refused|reset|timed? ?out|closed|dropped|"
            r"aborted|fail|broken|ended)",
            r"(?:host|network) (?:is )?unreachable|domain is not reachable|no route|could not connect|"
            r"lost connection|conversation with",
            r"timed? ?out|time-out|said nothing for",
        ),
        why="the way there, or the server behind the one that spoke",
    ),
    Rule(
        "busy",
        _RECEIVER,
        "busy",
        words=_any(
            r"\bbusy\b",
            r"(?:try|retry|come|send|resend)\w*\b.{0,20}(?:again|later|back)",
            r"overload|too much load|load (?:average|is)|system load",
            r"resource",
            r"temporar",
            r"(?:service|server|system)\b.{0,30}(?:un|not )available",
            r"internal (?:\w+ )?(?:error|fault|problem)|(?:system|server|local|configuration|processing|queue|"
            r"database|software) (?:error|problem|fail)",
            r"shutting down|maintenance|restart",
            r"(?:could|can)(?:not| not|n't) (?:process|accept|complete|deliver|queue|be processed)",
            r"not (?:currently )?(?:accepting|available|ready)",
            r"local error|lookup (?:fail|error)|unexpected|no healthy",
            r"try later|please wait|deferred",
        ),
        only=4,
        why="the receiver's own trouble, which passes",
    ),
    Rule(
        "receiver-fault",
        _RECEIVER,
        "unavailable",
        words=_any(
            r"(?:internal|system|server|configuration|unknown|processing) (?:\w+ )?(?:error|fault|fail)",
            r"unable to (?:\w+ )?(?:read|process|deliver|find|forward|connect)",
            r"(?:service|server|system|host)\b.{0,20}(?:unavailable|not available|down)",
            r"requested mail action aborted",
        ),
        only=5,
        why="the receiver's own trouble, which it calls one for good",
    ),
    Rule(
        "protocol",
        _RECEIVER,
        "protocol",
        words=_any(
            r"syntax error|(?:un)?recogni[sz]ed (?:command|parameter)|command (?:not|un)|bad sequence|out of sequence|"
            r"(?:not|un)implemented|(?:invalid|unsupported|unknown|bad) (?:command|parameter|argument)|pipelin|"
            r"need (?:mail|rcpt|helo)|"
            r"answered with what is no",
        ),
        why="RFC 5321 §4.2.2: the two did not speak the same SMTP",
    ),
    Rule(
        "address-refused",
        _R,
        "no-mailbox",
        words=_any(r"reject|refus|denied|^$"),
        statuses=_any(r"1\.1"),
        only=5,
        hard=True,
        why="RFC 3463, bad mailbox address, in few words",
    ),
    Rule(
        "address-rejected",
        _R,
        "no-mailbox",
        words=_any(r"^\W*(?:\d\.\d\.\d\W+)?(?:<>\W*)?address rejected"),
        only=5,
        hard=True,
        why="the address, and no word of a policy",
    ),
    Rule(
        "refused",
        _POLICY,
        "refused",
        words=_any(
            r"polic(?:y|ies)|polit(?:ica|ique)|richtlinie",
            r"access denied|(?:is |are |was |were )?(?:blocked|banned|prohibited|forbidden|denied|refused|"
            r"disallowed|restricted)",
            r"not (?:been )?(?:allowed|authori[sz]ed|permitted|accepted|wanted|welcome)",
            r"reject|go away|unacceptable|unwanted|bloqu|gesperrt|abgelehnt|verweigert|rejet|refus|rechaz|"
            r"rifiut|odrzuc|\u62d2",
            r"^blocked|delivery error|(?:will|does|do) not accept|permission",
        ),
        why="refused, and no more is said",
    ),
    # The status alone.
    Rule("mailbox-status", _R, "no-mailbox", statuses=_any(r"1\.1"), hard=True, why="RFC 3463: bad mailbox address"),
    Rule("domain-status", _R, "no-domain", statuses=_any(r"1\.2"), hard=True, why="RFC 3463: bad system address"),
    Rule("syntax-status", _R, "bad-address", statuses=_any(r"1\.3"), hard=True, why="RFC 3463: bad address syntax"),
    Rule("address-status", _R, "bad-address", statuses=_any(r"1\.[045]"), why="RFC 3463: something about the address"),
    Rule("sender-status", _DOMAIN, "bad-sender", statuses=_any(r"1\.[789]"), why="RFC 3463: the sender's address"),
    Rule("disabled-status", _R, "disabled", statuses=_any(r"2\.1"), why="RFC 3463: mailbox disabled"),
    Rule("full-status", _R, "full", statuses=_any(r"2\.2"), why="RFC 3463: mailbox full"),
    Rule("size-status", _CONTENT, "too-large", statuses=_any(r"2\.3|3\.4"), why="RFC 3463: too long for either side"),
    Rule("mailbox-other", _R, "unavailable", statuses=_any(r"2\.\d+"), why="RFC 3463: something about the mailbox"),
    Rule("storage-status", _RECEIVER, "storage", statuses=_any(r"3\.1"), why="RFC 3463: the system is full"),
    Rule("down-status", _RECEIVER, "busy", statuses=_any(r"3\.\d+"), why="RFC 3463: the receiving system"),
    Rule("dns-status", _RECEIVER, "dns", statuses=_any(r"4\.[34]"), why="RFC 3463: directory or route not found"),
    Rule("busy-status", _RECEIVER, "busy", statuses=_any(r"4\.5"), why="RFC 3463: congestion"),
    Rule("network-status", _RECEIVER, "network", statuses=_any(r"4\.\d+"), why="RFC 3463: the network"),
    Rule("recipients-status", _RECEIVER, "session-limit", statuses=_any(r"5\.3"), why="RFC 3463: too many recipients"),
    Rule("protocol-status", _RECEIVER, "protocol", statuses=_any(r"5\.\d+"), why="RFC 3463: the protocol"),
    Rule("format-status", _CONTENT, "format", statuses=_any(r"6\.\d+"), why="RFC 3463: what is in the mail"),
    Rule("crypto-status", _POLICY, "tls-required", statuses=_any(r"7\.[457]"), why="RFC 3463: how it was encrypted"),
    Rule("sign-in-status", _POLICY, "auth-required", statuses=_any(r"7\.(?:[89]|1[234]|57)"), why="RFC 4954 §6"),
    Rule("policy-status", _POLICY, "refused", statuses=_any(r"7\.\d+"), why="RFC 3463: security or policy"),
    # The code alone (RFC 5321 §4.2.3, RFC 7504).
    Rule("code-busy", _RECEIVER, "busy", codes=(421, 451, 454), why="RFC 5321: not now"),
    Rule("code-mailbox-busy", _R, "unavailable", codes=(450,), why="RFC 5321: mailbox unavailable for now"),
    Rule("code-storage", _RECEIVER, "storage", codes=(452,), why="RFC 5321: insufficient system storage"),
    Rule("code-protocol", _RECEIVER, "protocol", codes=(455, 500, 501, 502, 503, 504, 555), why="RFC 5321: syntax"),
    Rule(
        "code-no-mail", _R, "no-domain", codes=(521, 556), hard=True, why="RFC 7504: this host, or domain, takes none"
    ),
    Rule("code-too-large", _CONTENT, "too-large", codes=(523,), why="larger than the receiver takes"),
    Rule("code-sign-in", _POLICY, "auth-required", codes=(530, 534, 535, 538), why="RFC 4954 §6"),
    Rule("code-moved", _R, "moved", codes=(551,), why="RFC 5321: not local, try another path"),
    Rule("code-full", _R, "full", codes=(552,), why="RFC 5321: exceeded storage allocation"),
    Rule("code-address", _R, "bad-address", codes=(553,), why="RFC 5321: mailbox name not allowed"),
)

UNSAID = Rule("unsaid", Scope.RECEIVER, "unknown", why="a reply that says nothing that could be understood")
"""What is left when no rule has anything to say: a bare 550 or 554, whose reason nobody gave."""
