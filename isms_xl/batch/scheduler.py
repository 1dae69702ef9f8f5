"""The scheduler of a Dask cluster: which address may be used, and how the way there is encrypted."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from isms_xl.errors import IsmsXlError

_ENCRYPTED = "tls"
_PLAIN = "tcp"


class ClusterError(IsmsXlError):
    """The cluster cannot be used."""


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files in PEM format; what is not named here is taken from Dask's own configuration.

    Attributes:
        authority: Certificate of the authority that vouches for scheduler and workers.
        own: Certificate of this side.
        key: Its private key, where it does not stand in the same file.
    """

    authority: Path | None = None
    own: Path | None = None
    key: Path | None = None


def library() -> Any:
    """Return the package distributed, which is there only where it was asked for.

    Raises:
        ClusterError: It is not installed.
    """
    try:
        return import_module("distributed")
    except ImportError as error:
        raise ClusterError(
            "--dask needs the package distributed, which is not installed.",
            'Install it with: pip install "isms-xl[dask]"',
        ) from error


def security_for(address: str, certificates: Certificates) -> Any:
    """Return how a connection is encrypted, None where it does not leave this machine.

    Args:
        address: Of the scheduler.
        certificates: Where the user named them.

    Raises:
        ClusterError: The address is none, is in clear and leads to another machine, or the
            certificates are missing or cannot be used.
    """
    scheme, host = _parsed(address)
    if scheme == _ENCRYPTED:
        return _security(address, certificates)
    if scheme != _PLAIN:
        raise ClusterError(
            f"The Dask scheduler {address} is named in a way that isms-xl does not use.",
            "Name it as tls://host:port, or as tcp://127.0.0.1:port on this machine.",
        )
    if not _is_this_machine(host):
        raise ClusterError(
            f"The Dask scheduler {address} is on another machine, and registers would travel there "
            "without encryption.",
            "Start scheduler and workers with TLS, and name it as tls://host:port with --dask-ca, "
            "--dask-cert and --dask-key.",
        )
    return None


def refuse_open_workers(addresses: tuple[str, ...]) -> None:
    """See that registers do not travel on from the scheduler in clear.

    Raises:
        ClusterError: A worker on another machine is connected without encryption.
    """
    for address in addresses:
        scheme, host = _parsed(address)
        if scheme != _ENCRYPTED and not _is_this_machine(host):
            raise ClusterError(
                f"The Dask worker {address} is on another machine, and registers would travel there "
                "without encryption.",
                "Start scheduler and workers with TLS, and try again.",
            )


def _parsed(address: str) -> tuple[str, str]:
    addressing = import_module("distributed.comm.addressing")
    try:
        scheme, place = addressing.parse_address(addressing.normalize_address(address))
        host, _ = addressing.parse_host_port(place, 0)
    except ValueError as error:
        raise ClusterError(
            f"The Dask scheduler {address} cannot be found under that address.",
            "Check the address, for example tls://scheduler:8786.",
        ) from error
    return str(scheme), str(host)


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _security(address: str, certificates: Certificates) -> Any:
    named = {
        "tls_ca_file": certificates.authority,
        "tls_client_cert": certificates.own,
        "tls_client_key": certificates.key,
    }
    try:
        security = library().Security(
            require_encryption=True,
            **{field: str(path) for field, path in named.items() if path is not None},
        )
        context = security.get_connection_args("client")["ssl_context"]
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"The certificates for the Dask scheduler {address} cannot be used ({error}).",
            "Name files in PEM format that belong together with --dask-ca, --dask-cert and --dask-key.",
        ) from error
    if context is None:
        raise ClusterError(
            f"The Dask scheduler {address} asks for certificates, and none are named.",
            "Name them with --dask-ca, --dask-cert and --dask-key, or in Dask's configuration "
            "(distributed.comm.tls).",
        )
    return security
