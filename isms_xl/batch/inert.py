"""Keep the package distributed from unpickling what a Dask scheduler sends.

Whoever makes a pickle decides which functions are called when it is read. distributed reads pickles
in any message, whatever its client was told to take (`deserializers` are heeded for replies, not for
messages), and has no switch for that. So its functions for it are replaced while a batch is
connected. A pickle then gives stand-ins: nothing it names is imported or called.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import SimpleNamespace
from typing import Any


class Inert(Exception):  # noqa: N818 - distributed raises it where a worker failed
    """What stands for anything that was pickled."""

    def __init__(self, *_: object, **__: object) -> None:
        super().__init__()

    def __setstate__(self, _: object) -> None:
        """Take no state, so that not even an attribute of a stand-in is set from outside."""


class KilledWorker(Inert):
    """What stands for the message that a worker died."""


class _Bytes(Inert):
    """What stands for the type `bytes` while it is read: called, it would reserve any memory."""


_STAND_INS: dict[tuple[str, str], type[Inert]] = {
    ("builtins", "bytes"): _Bytes,
    ("distributed.scheduler", "KilledWorker"): KilledWorker,
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> type[Inert]:
        return _STAND_INS.get((module, name), Inert)


def loads(data: bytes, *, buffers: Any = ()) -> Any:
    """Return what a pickle says, with stand-ins for all that is no plain value; never raises.

    An error here would end the connection, and with it the batch. The type `bytes` itself is
    returned as it is: distributed sends it along with bytes.
    """
    try:
        found = _Unpickler(io.BytesIO(data), buffers=buffers).load()
    except Exception:  # noqa: BLE001 - a crafted pickle can fail in any way
        return Inert()
    return bytes if found is _Bytes else found


def failure_of(
    exception: object = None, *_: object, **__: object
) -> tuple[type[BaseException], BaseException, None]:
    """Return what a worker failed with, as distributed wants it, without the traceback.

    Args:
        exception: A pickle, a stand-in, or a text.
    """
    found = loads(bytes(exception)) if isinstance(exception, bytes | bytearray) else exception
    failure = found if isinstance(found, BaseException) else Inert()
    return type(failure), failure, None


@contextmanager
def nothing_unpickled() -> Iterator[None]:
    """Have distributed take stand-ins for pickles as long as this lasts, in the whole process.

    Raises:
        ImportError: distributed is not installed, or one in which this has no effect.
        AttributeError: It is built in another way.
    """
    client = import_module("distributed.client")
    core = import_module("distributed.core")
    protocol = import_module("distributed.protocol.pickle")
    replaced = [
        (protocol, "loads", loads),
        (client, "loads", loads),
        (client, "pickle", SimpleNamespace(loads=loads)),  # for warnings that workers send
        (client, "clean_exception", failure_of),
        (core, "clean_exception", failure_of),
    ]
    before = [(module, name, getattr(module, name)) for module, name, _ in replaced]
    try:
        for module, name, ours in replaced:
            setattr(module, name, ours)
        _try_out()
        yield
    finally:
        for module, name, theirs in before:
            setattr(module, name, theirs)


def _try_out() -> None:
    """See that no pickle is read, in either way in which a message can carry one."""
    protocol = import_module("distributed.protocol")
    serialize = import_module("distributed.protocol.serialize")
    for wrapped in (serialize.ToPickle(_Sample()), serialize.Serialize(_Sample())):
        (found,) = protocol.loads(protocol.dumps([wrapped]))
        if not isinstance(found, Inert):
            raise ImportError("this version of distributed reads pickles in another way")


class _Sample:
    """Something that is sent pickled."""
