"""Waiting for a busy Excel, with a model of the module that xlwings uses on Windows.

xlwings 0.36 (`_xlwindows.py`) says of every member that is read:

    N_COM_ATTEMPTS = 0  # 0 means try indefinitely
    ...
        n_attempt = 1
        while True:
            try:
                v = getattr(self._inner, item)
                ...
            except pywintypes.com_error as e:
                if (
                    not N_COM_ATTEMPTS or n_attempt < N_COM_ATTEMPTS
                ) and e.hresult == -2147418111:
                    n_attempt += 1
                    continue

and of a member that is not there, or seems so: "pywin32 reacts incorrectly to RPC_E_CALL_REJECTED
(i.e. assumes attribute doesn't exist ...)", and asks `self._oleobj_.GetIDsOfNames(0, item)`. Of one that
is set: "-2147352567 is the error you get when clicking into cells", with the sixth detail -2146777998.
An object that is called is asked `for i in range(N_COM_ATTEMPTS + 1)`: once, and a refusal is None.

Nothing here ran on Windows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from isms_xl.books.patience import WAITING, ExcelIsBusyError, Patience, be_patient
from isms_xl.ribbon import _failure

REJECTED, RETRY_LATER, IGNORED, EXCEPTION = -2147418111, -2147417846, -2146777998, -2147352567
UNKNOWN_NAME = -2147352570


class ComError(Exception):
    """What pywin32 raises: number, text, details, argument."""

    def __init__(self, number: int, details: object = None) -> None:
        super().__init__(number, "", details, None)
        self.hresult = number


class Dispatch:
    """An object of Excel's, as pywin32 hands it over. Turns away so many questions as `refusals` holds.

    Attributes:
        refusals: What the next questions get instead of an answer.
    """

    def __init__(self) -> None:
        self.__dict__.update(refusals=[], asked=0, bar=False, bars=[])

    def _ask(self) -> None:
        self.__dict__["asked"] += 1
        if self.refusals:
            raise self.refusals.pop(0)

    def __getattr__(self, name: str) -> Any:
        if name == "_oleobj_":
            return SimpleNamespace(GetIDsOfNames=self._names)
        if name == "Application":
            return SimpleNamespaceBar(self)
        self._ask()
        if name == "Cells":
            return Dispatch()
        if name == "Name":
            return "register.xlsx"
        raise AttributeError(name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._ask()
        self.__dict__[name] = value

    def __call__(self, *args: Any) -> Any:
        self._ask()
        return args

    def __iter__(self) -> Iterator[int]:
        self._ask()
        return iter([1, 2])

    def _names(self, _: int, name: str) -> int:
        if name == "Nowhere":
            raise ComError(UNKNOWN_NAME)
        return 1

    def Save(self) -> str:  # noqa: N802
        self._ask()
        return "saved"


class SimpleNamespaceBar:
    def __init__(self, owner: Dispatch) -> None:
        self.__dict__["owner"] = owner

    def __getattr__(self, name: str) -> Any:
        return self.owner.bar

    def __setattr__(self, name: str, value: Any) -> None:
        self.owner.__dict__["bar"] = value
        self.owner.bars.append(value)


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(clock: Clock) -> Any:
    module = SimpleNamespace(
        CDispatch=Dispatch,
        CoClassBaseClass=type("CoClassBaseClass", (), {}),
        DispatchBaseClass=type("DispatchBaseClass", (), {}),
        pywintypes=SimpleNamespace(com_error=ComError),
        COMRetryMethodWrapper=None,
        COMRetryObjectWrapper=None,
    )
    be_patient(module, Patience(lambda: clock.now, clock.sleep))
    return module


USES: dict[str, Callable[[Any], Any]] = {
    "read": lambda excel: excel.Name,
    "set": lambda excel: setattr(excel, "Name", "x"),
    "call": lambda excel: excel(1),
    "method": lambda excel: excel.Save(),
    "iterate": list,
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
@pytest.mark.parametrize("number", [REJECTED, RETRY_LATER, IGNORED])
def test_a_busy_excel_is_asked_again_at_growing_pauses(
    engine: Any, clock: Clock, use: Callable[[Any], Any], number: int
) -> None:
    native = Dispatch()
    native.refusals.extend(ComError(number) for _ in range(8))
    use(engine.COMRetryObjectWrapper(native))
    assert clock.pauses == [0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0, 1.0]


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_after_a_minute_it_gives_up_with_a_sentence(
    engine: Any, clock: Clock, use: Callable[[Any], Any]
) -> None:
    native = Dispatch()
    native.refusals.extend(ComError(REJECTED) for _ in range(1000))
    excel = engine.COMRetryObjectWrapper(native)
    with pytest.raises(ExcelIsBusyError) as caught:
        use(excel)
    assert 60 <= clock.now < 62
    assert native.asked < 70
    assert _failure("validate", caught.value).text.startswith(
        "Excel is busy: a cell is being edited"
    )
    # What follows, such as putting settings back, does not wait once more.
    with pytest.raises(ExcelIsBusyError):
        use(excel)
    assert clock.now < 62
    # The next command, long after, is as patient as the first.
    clock.now += 600
    clock.pauses.clear()
    native.refusals[3:] = []
    use(excel)
    assert len(clock.pauses) == 3


def test_a_minute_begins_anew_when_excel_listened(engine: Any, clock: Clock) -> None:
    native = Dispatch()
    excel = engine.COMRetryObjectWrapper(native)
    for _ in range(3):
        native.refusals.extend(ComError(REJECTED) for _ in range(40))
        assert excel.Name == "register.xlsx"
    assert clock.now > 100


def test_the_status_bar_tells_and_is_given_back(engine: Any) -> None:
    native = Dispatch()
    native.__dict__["bar"] = "ISMS Register: reading the register …"
    native.refusals.extend([ComError(REJECTED)] * 3)
    assert engine.COMRetryObjectWrapper(native).Name == "register.xlsx"
    assert native.bars == [WAITING, "ISMS Register: reading the register …"]


def test_setting_while_a_cell_is_clicked_is_tried_again(engine: Any, clock: Clock) -> None:
    native = Dispatch()
    details = (0, "Excel", "", None, 0, IGNORED)
    native.refusals.extend([ComError(EXCEPTION, details), ComError(EXCEPTION)])
    engine.COMRetryObjectWrapper(native).Value = 5
    assert native.Value == 5
    assert len(clock.pauses) == 2


def test_what_excel_really_refuses_is_not_tried_again(engine: Any, clock: Clock) -> None:
    native = Dispatch()
    native.refusals.append(ComError(EXCEPTION, (0, "Excel", "", None, 0, -2146827284)))
    with pytest.raises(ComError):
        engine.COMRetryObjectWrapper(native).Name = "a name of more than 31 characters, it is"
    assert clock.pauses == []


def test_a_member_that_is_not_there_is_told_from_a_busy_excel(engine: Any, clock: Clock) -> None:
    native = Dispatch()
    excel = engine.COMRetryObjectWrapper(native)
    assert not hasattr(excel, "Nowhere")
    assert clock.pauses == []
    native.refusals.extend([AttributeError("Name")] * 2)
    assert excel.Name == "register.xlsx"
    assert len(clock.pauses) == 2


def test_objects_and_methods_of_an_object_are_patient_too(engine: Any) -> None:
    excel = engine.COMRetryObjectWrapper(Dispatch())
    assert isinstance(excel.Cells, engine.COMRetryObjectWrapper)
    assert isinstance(excel.Save, engine.COMRetryMethodWrapper)
    assert excel.Save() == "saved"


def test_on_other_systems_nothing_is_replaced() -> None:
    be_patient(None)
