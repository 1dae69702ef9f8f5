"""Wait for an Excel that cannot listen just now, without end neither of the machine nor of the user.

While a cell is being edited or a dialog is open, Excel turns away what another program asks of it.
xlwings on Windows asks again at once, for ever: its two wrappers around Excel's objects use up a
processor until the user is done, and whoever went home finds it still asking. The wrappers here take
their place. They wait a little longer each time, say in the status bar what they wait for, and give
up after a minute.
"""

from __future__ import annotations

import contextlib
import time
import types
from collections.abc import Callable, Iterator
from typing import Any

from isms_xl.errors import IsmsXlError

PATIENCE_SECONDS = 60.0
UNSURE_SECONDS = 5.0
"""For a call without a name to ask about: pywin32 has one answer for busy and for not there."""

FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0
WAITING = "isms-xl: waiting for you to finish the cell …"

_REJECTED, _RETRY_LATER, _IGNORED, _EXCEPTION = -2147418111, -2147417846, -2146777998, -2147352567
"""RPC_E_CALL_REJECTED, RPC_E_SERVERCALL_RETRYLATER, VBA_E_IGNORE, DISP_E_EXCEPTION."""

BUSY = frozenset({_REJECTED, _RETRY_LATER, _IGNORED})
"""Excel's answers while a cell is being edited or a dialog is open."""


class ExcelIsBusyError(IsmsXlError):
    """Excel did not listen, although it was waited for."""

    def __init__(self) -> None:
        super().__init__(
            "Excel is busy: a cell is being edited, or a dialog is open.",
            "Finish it, and try again.",
        )


class Patience:
    """How long is waited in all: the time runs from the first refusal until Excel listens again.

    So a command that gave up does not wait another minute for each setting it would put back. A
    refusal long after the last one begins a new time: it meets another command.

    Args:
        clock: Tells seconds.
        sleep: Waits seconds.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._since: float | None = None
        self._last = 0.0

    def wait(self, pause: float, most: float = PATIENCE_SECONDS) -> bool:
        """Wait once; return whether it is worth asking again."""
        now = self._clock()
        if self._since is None or now - self._last > PATIENCE_SECONDS:
            self._since = now
        self._last = now
        if now - self._since >= most:
            return False
        self._sleep(pause)
        return True

    def is_over(self) -> None:
        """Excel listens again."""
        self._since = None


def is_busy(error: BaseException, *, assigning: bool = False) -> bool:
    """Whether an error of pywin32 says that Excel does not listen just now.

    Args:
        error: The error.
        assigning: Whether a property was being set; then Excel may give no reason at all.
    """
    number = getattr(error, "hresult", None)
    if number != _EXCEPTION:
        return number in BUSY
    details = error.args[2] if len(error.args) > 2 else None
    return details[5] == _IGNORED if details else assigning


@contextlib.contextmanager
def _told(inner: Any) -> Iterator[None]:
    """Say in the status bar what is waited for, where Excel takes that, and take it back."""
    app: Any = None
    before: Any = None
    # Excel may refuse this like all else. None of it is worth an error.
    with contextlib.suppress(Exception):
        app = inner.Application
        before = app.StatusBar
        app.StatusBar = WAITING
    try:
        yield
    finally:
        if before is not None:
            with contextlib.suppress(Exception):
                app.StatusBar = before


def be_patient(engine: Any, patience: Patience | None = None) -> None:
    """Put patient wrappers in the place of those of xlwings.

    Args:
        engine: xlwings' module for Windows; None on another system.
        patience: How long to wait, and by which clock.
    """
    if engine is None or not hasattr(engine, "CDispatch"):
        return  # no xlwings for Windows, or one built in another way: its own retries stay
    waiting = patience or Patience()
    wrapped = (engine.CDispatch, engine.CoClassBaseClass, engine.DispatchBaseClass)
    com_error: type[Exception] = engine.pywintypes.com_error

    def covered(value: Any) -> Any:
        if isinstance(value, wrapped):
            return PatientObject(value)
        return PatientMethod(value) if isinstance(value, types.MethodType) else value

    def not_there(inner: Any, name: str) -> bool:
        """Whether an object has no such member; pywin32 says so of a busy Excel's, too."""
        try:
            inner._oleobj_.GetIDsOfNames(0, name)
        except com_error as error:
            return not is_busy(error)
        except AttributeError:  # no object of Excel's
            return True
        return False

    def asked(
        inner: Any, ask: Callable[[], Any], name: str | None = None, *, assigning: bool = False
    ) -> Any:
        """Ask until Excel answers.

        Raises:
            ExcelIsBusyError: It did not within a minute.
        """
        pause = FIRST_PAUSE
        with contextlib.ExitStack() as stack:
            while True:
                try:
                    answer = ask()
                except com_error as error:
                    if not is_busy(error, assigning=assigning):
                        waiting.is_over()
                        raise
                    if not waiting.wait(pause):
                        raise ExcelIsBusyError from error
                except AttributeError as error:
                    if name is not None and not_there(inner, name):
                        raise
                    if name is None and not waiting.wait(pause, UNSURE_SECONDS):
                        raise
                    if name is not None and not waiting.wait(pause):
                        raise ExcelIsBusyError from error
                else:
                    if not isinstance(answer, types.MethodType):  # had without asking Excel
                        waiting.is_over()
                    return answer
                if pause == FIRST_PAUSE:
                    stack.enter_context(_told(inner))
                pause = min(pause * 2, LONGEST_PAUSE)

    class PatientMethod:
        """A method of an object of Excel's."""

        def __init__(self, method: Any) -> None:
            self._method = method

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            method = self._method
            owner = getattr(method, "__self__", None)
            return covered(asked(owner, lambda: method(*args, **kwargs)))

    class PatientObject:
        """An object of Excel's."""

        def __init__(self, inner: Any) -> None:
            object.__setattr__(self, "_inner", inner)

        def __repr__(self) -> str:
            return repr(self._inner)

        def __getattr__(self, name: str) -> Any:
            inner = self._inner
            return covered(asked(inner, lambda: getattr(inner, name), name))

        def __setattr__(self, name: str, value: Any) -> None:
            inner = self._inner
            asked(inner, lambda: setattr(inner, name, value), name, assigning=True)

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            inner = self._inner
            return covered(asked(inner, lambda: inner(*args, **kwargs)))

        def __iter__(self) -> Iterator[Any]:
            inner, end = self._inner, object()
            values = asked(inner, lambda: iter(inner))
            while (value := asked(inner, lambda: next(values, end))) is not end:
                yield covered(value)

    engine.COMRetryMethodWrapper = PatientMethod
    engine.COMRetryObjectWrapper = PatientObject
