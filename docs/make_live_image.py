"""Make docs/images/live-validate.png: a register in Calc, marked up by the ribbon's commands.

The picture shows `ribbon.validate()` and `ribbon.next_gap()` at work on a workbook that is open,
through xlwings and the engine of the tests. Needs LibreOffice with python3-uno, Xvfb and
ImageMagick. It is looked at by people; no test compares it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tests"))

from live_engine import LiveOffice  # noqa: E402

from isms_xl import ribbon  # noqa: E402
from isms_xl.demo import AS_OF, examples_folder  # noqa: E402

TARGET = ROOT / "docs" / "images" / "live-validate.png"
SCREEN = "1800x950"
SETTLE_SECONDS = 4
ZOOM = 65


@contextmanager
def _screen() -> Iterator[None]:
    """Have a screen that nobody sits at; it tells its number when it is ready."""
    ready, tell = os.pipe()
    # Without -noreset it starts anew when soffice's splash screen, its first client, goes.
    command = ["Xvfb", "-noreset", "-displayfd", str(tell), "-screen", "0", f"{SCREEN}x24"]
    server = subprocess.Popen(command, pass_fds=(tell,))  # noqa: S603
    os.close(tell)
    with os.fdopen(ready) as line:
        os.environ["DISPLAY"] = f":{line.readline().strip()}"
    try:
        yield
    finally:
        del os.environ["DISPLAY"]
        server.terminate()
        server.wait()


def main() -> None:
    """Validate an example that is open on the screen, go to a gap, and take the picture."""
    with tempfile.TemporaryDirectory(prefix="isms-xl-image-") as scratch, _screen():
        path = Path(shutil.copy(examples_folder() / "clinical-ai.xlsx", scratch))
        with LiveOffice() as office:
            book = office.workbook(path)
            book.impl.ask("maximise", size=[int(n) for n in SCREEN.split("x")], zoom=ZOOM)
            desk = ribbon.Desk(book.app, book, AS_OF)
            click.echo(ribbon.perform("validate", desk).text)
            sheet = book.sheets["Interested Parties"]
            sheet.activate()
            sheet.range("P20").select()
            book.impl.ask("scroll", row=15)
            click.echo(ribbon.perform("next-gap", desk).text)
            time.sleep(SETTLE_SECONDS)
            subprocess.run(  # noqa: S603
                ["import", "-window", "root", "-colors", "128", "-strip", f"PNG8:{TARGET}"],  # noqa: S607
                check=True,
                timeout=60,
            )
    click.echo(f"Made {TARGET.name}, {TARGET.stat().st_size // 1024} KB.")


if __name__ == "__main__":
    main()
