# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiled objects on disk, under a hash of everything that they depend on.

An entry is one file: a line of JSON with the checksum, then the object. It is written under another
name and renamed, so several processes may share a folder. Whatever is wrong with the folder or an
entry, compiling works as without a cache, after one warning.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
import warnings
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tilewright import knobs
from tilewright.errors import CacheWarning
from tilewright.files import TEMPORARY_SUFFIX, write_atomically

_SUFFIX = ".twobj"
_STALE_SECONDS = 3600
_warned: set[str] = set()


@dataclass(frozen=True)
class Entry:
    """A compiled object and what the host has to know about it.

    Attributes:
        code: the object file.
        interface: :meth:`tilewright.signature.HostInterface.to_json`.
    """

    code: bytes
    interface: str


class ObjectCache:
    """A folder of entries."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        """``max_bytes``: what was not used for longest is dropped beyond this size."""
        self.folder = folder
        self.max_bytes = max_bytes

    def load(self, key: str) -> Entry | None:
        """The entry of a key; None if there is none that is whole."""
        path = self._path(key)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            _warn_once("read", f"cannot read the cache in {self.folder}: {error.strerror}")
            return None
        entry = _decode(content)
        if entry is None:
            _warn_once("corrupt", f"the cache entry {path} is damaged; compiling again")
            with suppress(OSError):
                path.unlink()
            return None
        with suppress(OSError):
            os.utime(path)  # used now
        return entry

    def store(self, key: str, entry: Entry) -> None:
        """Store an entry; an existing one is replaced."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_atomically(self._path(key), _encode(entry))
        except OSError as error:
            _warn_once("write", f"cannot write to the cache in {self.folder}: {error.strerror}")
            return
        self.prune()

    def prune(self) -> None:
        """Drop the entries that were not used for longest, down to the size limit."""
        files = list(self._files())
        excess = sum(size for _, size, _ in files) - self.max_bytes
        for _, size, path in sorted(files):
            if excess <= 0:
                break
            with suppress(OSError):
                path.unlink()
            excess -= size

    def size(self) -> tuple[int, int]:
        """Number of entries and their bytes."""
        sizes = [size for _, size, _ in self._files()]
        return len(sizes), sum(sizes)

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}{_SUFFIX}"

    def _files(self) -> Iterable[tuple[float, int, Path]]:
        """Time of last use, size and path; removes what killed writers left."""
        with suppress(OSError):
            for path in self.folder.iterdir():
                with suppress(OSError):
                    status = path.stat()
                    if path.suffix == _SUFFIX:
                        yield status.st_mtime, status.st_size, path
                    elif path.name.endswith(TEMPORARY_SUFFIX):
                        if time.time() - status.st_mtime > _STALE_SECONDS:
                            path.unlink()


def default_cache() -> ObjectCache:
    """The cache that the environment says."""
    return ObjectCache(cache_folder(), knobs.CACHE_BYTES.get())


def cache_folder() -> Path:
    """The user's cache folder, or what TILEWRIGHT_CACHE_DIR says."""
    chosen = knobs.CACHE_DIR.get()
    if chosen is not None:
        return chosen.expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("tilewright", appauthor=False)) / "objects"


def make_key(*parts: str) -> str:
    """Hash of everything that an object depends on, the compiler itself included."""
    digest = hashlib.sha256()
    for part in (*parts, compiler_fingerprint()):
        data = part.encode()
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return digest.hexdigest()


@cache
def compiler_fingerprint() -> str:
    """Hash of the compiler's own library: versions alone would miss a developer's rebuild."""
    from tilewright import _core

    library = Path(_core.__file__).parent / "libTilewright.so"
    digest = hashlib.sha256(_core.llvm_version.encode())
    digest.update(library.read_bytes())
    return digest.hexdigest()


def _encode(entry: Entry) -> bytes:
    header = {"interface": entry.interface, "checksum": _checksum(entry)}
    return json.dumps(header).encode() + b"\n" + entry.code


def _decode(content: bytes) -> Entry | None:
    header, separator, code = content.partition(b"\n")
    try:
        fields = json.loads(header)
        entry = Entry(code, fields["interface"])
        whole = bool(separator) and fields["checksum"] == _checksum(entry)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return entry if whole else None


def _checksum(entry: Entry) -> str:
    return hashlib.sha256(entry.interface.encode() + b"\n" + entry.code).hexdigest()


def _warn_once(reason: str, message: str) -> None:
    if reason not in _warned:
        _warned.add(reason)
        warnings.warn(message, CacheWarning, stacklevel=2)
