"""What submission may be told: how much teams may send."""

from __future__ import annotations

from attrs import frozen

from mailit.settings import UNSET, integer, setting

MOST = 2_000_000_000
"""No quota says more recipients than that."""


@frozen
class QuotaSettings:
    """Section `quota`: of every team that has none of its own. A recipient of To, Cc or Bcc counts one."""

    daily: int | None = setting(
        UNSET, "Recipients that a team may send to in a day (UTC).", integer(0, MOST), "as many as it likes"
    )
    monthly: int | None = setting(
        UNSET, "Recipients that a team may send to in a month (UTC).", integer(0, MOST), "as many as it likes"
    )
