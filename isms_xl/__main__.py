"""`python -m isms_xl` is `isms-xl`."""

from isms_xl.cli import run

if __name__ == "__main__":
    run()
