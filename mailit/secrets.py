"""Secrets that nobody gave: made once, kept in files of mode 0600 under `server.data_dir`."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from attrs import evolve
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mailit.config import Config
from mailit.errors import CannotStart

FOLDER = "secrets"
JWT_SECRET = "jwt_secret"
MASTER_KEY = "dkim_master_encryption_key"
_BYTES = 32
_VERP_PURPOSE = b"mailit return paths"


def complete(config: Config, randomness: Callable[[int], bytes] = os.urandom) -> Config:
    """The configuration with every secret in it; those that were not given are read from disk, or made there.

    Blocks: called in a thread, or before there is a reactor. Processes that get here at once agree on one secret.
    The key of return paths is derived from `dkim.master_encryption_key`, so that machines that share that one also
    understand each other's bounces. Raises `CannotStart` where the folder can't be written, or a file is damaged.
    """
    folder = config.server.data_dir / FOLDER
    if config.auth.jwt_secret is None:
        config = evolve(config, auth=evolve(config.auth, jwt_secret=_kept(folder / JWT_SECRET, randomness)))
    master = config.dkim.master_encryption_key
    if master is None:
        master = _kept(folder / MASTER_KEY, randomness)
        config = evolve(config, dkim=evolve(config.dkim, master_encryption_key=master))
    verp = HKDF(SHA256(), _BYTES, salt=None, info=_VERP_PURPOSE).derive(master.encode())
    return evolve(config, verp_secret=verp)


def master_key(config: Config) -> str | None:
    """`dkim.master_encryption_key` as it is given or lies in its file; None where there is none yet. Makes nothing.

    Raises `CannotStart` where the file is damaged.
    """
    given, path = config.dkim.master_encryption_key, config.server.data_dir / FOLDER / MASTER_KEY
    return given if given is not None or not path.exists() else _read(path)


def private_folder(path: Path) -> Path:
    """Makes a folder of mode 0700, with its parents; one that is there is left as it is. Raises `CannotStart`."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(f"{path}: can't be made: {error.strerror}; see server.data_dir") from error
    return path


def write_private(path: Path, text: str) -> None:
    """Writes a file of mode 0600 so that a reader sees the old text or the new, never a part. Raises `CannotStart`."""
    _written(path, text, os.replace)


def _kept(path: Path, randomness: Callable[[int], bytes]) -> str:
    """The secret of this file, made if there is none."""
    private_folder(path.parent.parent)
    private_folder(path.parent)
    if not path.exists():
        with contextlib.suppress(FileExistsError):  # another process was faster: its secret is everybody's
            _written(path, randomness(_BYTES).hex() + "\n", os.link)
    return _read(path)


def _read(path: Path) -> str:
    try:
        secret = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CannotStart(f"{path}: can't be read: {getattr(error, 'strerror', 'not text')}") from error
    if len(secret) < _BYTES:
        raise CannotStart(f"{path}: damaged, it holds no secret of {_BYTES} characters; put the right one back")
    return secret


def _written(path: Path, text: str, settle: Callable[[str, Path], None]) -> None:
    """Writes beside the place, to disk, and puts the file there by `settle`, which fails or replaces."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp makes it 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            settle(name, path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name)
        _to_disk(path.parent)
    except FileExistsError:
        raise
    except OSError as error:
        raise CannotStart(f"{path}: can't be written: {error.strerror}; see server.data_dir") from error


def _to_disk(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
