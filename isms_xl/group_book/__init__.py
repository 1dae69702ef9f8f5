"""The group workbook: the registers of all units for the meeting in which they are discussed."""

from isms_xl.group_book.building import build_group_workbook
from isms_xl.group_book.previous import Previous, read_previous

__all__ = ["Previous", "build_group_workbook", "read_previous"]
