"""Opens a workbook with excelize and saves it again."""

import sys

import excelize

book = excelize.open_file(sys.argv[1])
book.save_as(sys.argv[2])
