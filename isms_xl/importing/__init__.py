"""Take over registers of another layout: find the table, understand its columns, lose nothing.

    file -> source -> table -> mapping -> rows of a register, and a log of every source cell

Nothing is guessed silently: each column's mapping carries a confidence and its reason, and what has
no clear place is kept as it is, in Notes or in the log.
"""
