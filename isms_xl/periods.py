"""Months as people count them: the period that ends on the same day some months later."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from functools import lru_cache


@lru_cache(maxsize=10_000)
def add_months(day: date, months: int) -> date:
    """Return the same day some months later, or that month's last day where it is shorter.

    The result stays within the years Python and Excel know.
    """
    whole = day.year * 12 + day.month - 1 + months
    if whole >= (date.max.year + 1) * 12:
        return date.max
    year, month = divmod(whole, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def is_older(day: date, months: int, as_of: date) -> bool:
    """Whether more than that many months lie between a day and today; not yet on the very day."""
    return add_months(day, months) < as_of
