"""The checks of isms-xl that frictionless knows, on the three long tables: the named alternative.

Runs in an environment of its own, where isms-xl is not installed, so the schemas come as JSON:

    python benchmarks/frictionless_check.py REGISTER SCHEMAS

Prints the number of departures by kind.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from pathlib import Path

from frictionless import (  # type: ignore[import-not-found]
    Dialect,
    Resource,
    Schema,
    formats,
    validate,
)

HEADER_ROW = 4
MOST_ERRORS = 10_000_000


def main(register: str, schemas: str) -> None:
    """Validate the sheets and print what was found."""
    path = Path(register)
    os.chdir(path.parent)
    found: Counter[str] = Counter()
    for sheet, schema in json.loads(Path(schemas).read_text(encoding="utf-8")).items():
        control = formats.ExcelControl(sheet=sheet)
        resource = Resource(
            path=path.name,
            dialect=Dialect(header_rows=[HEADER_ROW], controls=[control]),
            schema=Schema.from_descriptor(schema),
        )
        report = validate(resource, limit_errors=MOST_ERRORS)
        found.update(row[0] for row in report.flatten(["type"]))
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
