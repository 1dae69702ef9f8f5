"""What a client asks of the worker, and what the worker answers: both checked before they are used."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from isms_xl.resident.meeting import MeetingError, Message, edition

_LARGEST_MASK = 0o777


class Request(NamedTuple):
    """What a client asks, and where it stands.

    Attributes:
        arguments: For the function.
        folder: The client's.
        environment: The client's.
        mask: Rights that its new files are made without.
    """

    arguments: tuple[str, ...]
    folder: str
    environment: Mapping[str, str]
    mask: int


class Answer(NamedTuple):
    """What the worker answers.

    Attributes:
        code: Exit code of the function.
        out: What it wrote to the one stream.
        err: And to the other.
    """

    code: int
    out: str
    err: str


def request_here(arguments: Sequence[str]) -> Message:
    """Return the message that asks for something to be done as this process would.

    Raises:
        OSError: The folder of this process is not there any more.
    """
    mask = os.umask(0o077)  # can only be read by setting it
    os.umask(mask)
    return {
        "edition": edition(),
        "arguments": list(arguments),
        "folder": os.getcwd(),  # noqa: PTH109 - pathlib would be the dearest import
        "environment": dict(os.environ),
        "mask": mask,
    }


def request_of(message: Message) -> Request:
    """Return what a message asks.

    Raises:
        MeetingError: It is no request.
    """
    arguments, environment = message.get("arguments"), message.get("environment")
    folder, mask = message.get("folder"), message.get("mask")
    if not isinstance(arguments, list) or not all(map(_is_text, arguments)):
        raise MeetingError("the arguments are none")
    if not isinstance(environment, dict) or not all(
        name and "=" not in name and _is_text(name) and _is_text(value)
        for name, value in environment.items()
    ):
        raise MeetingError("the environment is none")
    if not isinstance(folder, str) or not _is_text(folder) or not os.path.isdir(folder):  # noqa: PTH112
        raise MeetingError("the folder is none")
    if type(mask) is not int or not 0 <= mask <= _LARGEST_MASK:
        raise MeetingError("the mask is none")
    return Request(tuple(arguments), folder, environment, mask)


def answer_of(message: Message) -> Answer:
    """Return what a message answers.

    Raises:
        MeetingError: It is no answer.
    """
    code, out, err = message.get("code"), message.get("out"), message.get("err")
    if type(code) is not int or not isinstance(out, str) or not isinstance(err, str):
        raise MeetingError("an answer is garbled")
    return Answer(code, out, err)


def _is_text(value: object) -> bool:
    """Whether a value is a text that the system can be given."""
    if not isinstance(value, str) or "\0" in value:
        return False
    try:
        value.encode(sys.getfilesystemencoding(), sys.getfilesystemencodeerrors())
    except UnicodeEncodeError:
        return False
    return True
