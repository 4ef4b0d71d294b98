"""A mail as a page that may be shown to whoever has the link: nothing in it runs, and it can't reach its frame."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import urlsplit

from attrs import frozen

from mailit.store.emails import StoredEmail, StoredFile

_STYLE = """
:root { color-scheme: light dark; --page: #fff; --ink: #17181a; --quiet: #5c6166; --line: #dcdfe2; --accent: #0b6b60 }
@media (prefers-color-scheme: dark) {
  :root { --page: #0e0f10; --ink: #f2f3f4; --quiet: #a4a9ae; --line: #2a2d30; --accent: #4fd1c0 } }
* { box-sizing: border-box }
html, body { height: 100%; margin: 0 }
body { display: flex; flex-direction: column; background: var(--page); color: var(--ink);
       font: 16px/1.5 system-ui, sans-serif }
header, footer { padding: 1rem 1.25rem; border-bottom: 1px solid var(--line); overflow-wrap: anywhere }
footer { border-bottom: 0; border-top: 1px solid var(--line) } h1 { font-size: 1.35rem; margin: 0 0 .5rem }
dl { display: grid; grid-template-columns: auto 1fr; gap: .1rem .75rem; margin: 0; font-size: .92rem }
dt { color: var(--quiet) } dd { margin: 0 } ul { margin: .25rem 0 0; padding: 0; list-style: none }
a { color: var(--accent) } a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
iframe { flex: 1; width: 100%; min-height: 20rem; border: 0; background: #fff; color-scheme: light }
pre { flex: 1; margin: 0; padding: 1.25rem; white-space: pre-wrap; overflow-wrap: anywhere;
      font: .95rem/1.5 ui-monospace, monospace }
.quiet { color: var(--quiet); padding: 1.25rem }
"""

_CID = re.compile(r"cid:([^\s\"'<>)]{1,200})", re.IGNORECASE)


@frozen
class SharedFile:
    """A file of the mail, with its link."""

    file: StoredFile
    url: str


def policy(base_url: str) -> str:
    """The page's Content-Security-Policy, which the mail in it is under as well: images and styles, and no script."""
    parts = urlsplit(base_url)
    return (
        f"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; font-src https: data:; "
        f"img-src https: http: data: {parts.scheme}://{parts.netloc}; style-src 'unsafe-inline'; frame-src 'self'"
    )


def page(email: StoredEmail, html: str | None, text: str | None, files: Sequence[SharedFile], until: str) -> bytes:
    """The whole page as UTF-8. `until` is when the link ends, for people."""
    rows = [("From", email.from_), ("To", ", ".join(email.to)), ("Cc", ", ".join(email.cc))]
    rows.append(("Date", f"{email.created_at:%Y-%m-%d %H:%M} UTC"))
    head = "".join(f"<dt>{name}<dd>{escape(value)}" for name, value in rows if value)
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width, initial-scale=1'><meta name=robots content=noindex>"
        f"<title>{escape(email.subject) or 'No subject'}</title><style>{_STYLE}</style>"
        f"<header><h1>{escape(email.subject) or 'No subject'}</h1><dl>{head}</dl></header>"
        f"{_body(html, text, files)}<footer>{_files(files)}<span>This link ends at {escape(until)}.</span></footer>"
    ).encode()


def _body(html: str | None, text: str | None, files: Sequence[SharedFile]) -> str:
    if html:
        shown = {one.file.content_id: one.url for one in files if one.file.content_id}
        inside = "<base target=_blank>" + _with_images(html, shown)
        allowed = "allow-popups allow-popups-to-escape-sandbox"
        return (
            f'<iframe title="The mail" sandbox="{allowed}" referrerpolicy=no-referrer srcdoc="{escape(inside)}">'
            "</iframe>"
        )
    return f"<pre>{escape(text)}</pre>" if text else "<p class=quiet>This mail has no text.</p>"


def _with_images(html: str, shown: Mapping[str, str]) -> str:
    """Images that the mail carries are had from where its files are."""
    return _CID.sub(lambda match: escape(shown[match[1]]) if match[1] in shown else match[0], html)


def _files(files: Sequence[SharedFile]) -> str:
    links = "".join(
        f"<li><a href='{escape(one.url)}' download>{escape(one.file.filename or 'A file without a name')}</a>"
        for one in files
        if not one.file.inline
    )
    return f"<ul>{links}</ul>" if links else ""
