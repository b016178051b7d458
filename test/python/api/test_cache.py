# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The cache on disk: hits, and everything that can be wrong with it."""

from __future__ import annotations

import errno
import os
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hand_lowered import WEIGHTS, compile_axpy, compile_exp

import tilewright as tw
from tilewright import cache
from tilewright.cache import Entry, ObjectCache

X = np.ones(8, np.float32)


def entries(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.twobj"))


def assert_works(module: tw.CompiledModule) -> None:
    np.testing.assert_allclose(module(X), 3 * WEIGHTS["w"], rtol=1e-6)


def test_second_compile_comes_from_the_cache(own_cache: Path) -> None:
    first = compile_axpy()
    assert not first.timings.cache_hit
    assert len(entries(own_cache)) == 1
    second = compile_axpy()
    assert second.timings.cache_hit
    assert second.timings.compile_seconds + second.timings.load_seconds < 1
    assert_works(first)
    assert_works(second)
    assert list(own_cache.glob("*")) == entries(own_cache)


def test_key_has_all_that_matters(own_cache: Path) -> None:
    compile_axpy()
    compile_exp()
    compile_axpy(opt_level=1)
    compile_axpy(precision="bf16")
    assert len(entries(own_cache)) == 4
    # Threads and weights are bound when it is loaded.
    assert compile_axpy(threads=1).timings.cache_hit
    assert compile_axpy({"w": X}).timings.cache_hit


def test_cache_can_be_left_out(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_works(compile_axpy(cache=False))
    monkeypatch.setenv("TILEWRIGHT_DISABLE_CACHE", "1")
    assert_works(compile_axpy())
    assert not own_cache.exists()


@pytest.mark.parametrize("damage", ["flip", "truncate", "empty", "header", "text"])
def test_damaged_entry_is_compiled_again(own_cache: Path, damage: str) -> None:
    compile_axpy()
    [path] = entries(own_cache)
    content = bytearray(path.read_bytes())
    if damage == "flip":
        content[-100] ^= 1
    elif damage == "truncate":
        del content[len(content) // 2 :]
    elif damage == "empty":
        content.clear()
    elif damage == "header":
        content[:1] = b"["
    else:
        content[:] = b"\xff\xfe not an entry"
    path.write_bytes(content)
    with pytest.warns(tw.CacheWarning, match="damaged; compiling again"):
        module = compile_axpy()
    assert not module.timings.cache_hit
    assert_works(module)
    assert compile_axpy().timings.cache_hit


def test_whole_entry_with_a_useless_object_is_compiled_again(own_cache: Path) -> None:
    compile_axpy()
    [path] = entries(own_cache)
    store = ObjectCache(own_cache, 1 << 30)
    entry = store.load(path.stem)
    assert entry is not None
    store.store(path.stem, Entry(b"not an object", entry.interface))
    module = compile_axpy()
    assert not module.timings.cache_hit
    assert_works(module)


@pytest.mark.parametrize("obstacle", ["file", "below-a-file", "no-space", "read-only"])
def test_cache_that_cannot_be_written(
    own_cache: Path, obstacle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if obstacle == "file":
        own_cache.write_text("in the way")
    elif obstacle == "below-a-file":
        (own_cache.parent / "file").write_text("in the way")
        monkeypatch.setenv("TILEWRIGHT_CACHE_DIR", str(own_cache.parent / "file" / "cache"))
    else:
        number = errno.ENOSPC if obstacle == "no-space" else errno.EROFS

        def fail(*_: object) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(cache, "write_atomically", fail)
    with pytest.warns(tw.CacheWarning, match="cannot (read|write to) the cache in"):
        assert_works(compile_axpy())
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # told once is enough
        assert_works(compile_axpy())


def test_interrupted_write_leaves_nothing(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        compile_axpy()
    assert not list(own_cache.iterdir())


def test_size_limit_drops_what_was_not_used(own_cache: Path) -> None:
    store = ObjectCache(own_cache, 4500)
    for index in range(4):
        store.store(f"k{index}", Entry(bytes(1000), "{}"))
        os.utime(own_cache / f"k{index}.twobj", (index, index))
    assert store.load("k0") is not None  # used now
    store.store("k4", Entry(bytes(1500), "{}"))
    assert [path.stem for path in entries(own_cache)] == ["k0", "k3", "k4"]
    count, size = store.size()
    assert count == 3
    assert size <= 4500


def test_leftovers_of_killed_writers_are_removed(own_cache: Path) -> None:
    own_cache.mkdir(parents=True)
    old, new = own_cache / "a.tw-partial", own_cache / "b.tw-partial"
    old.write_bytes(b"x")
    new.write_bytes(b"x")
    os.utime(old, (0, 0))
    compile_axpy()
    assert not old.exists()
    assert new.exists()  # its writer may be at work


def test_two_processes_at_once(
    own_cache: Path, run_twice_at_once: Callable[[str, str], list[str]]
) -> None:
    printed = run_twice_at_once(
        "import numpy as np\n"
        "from hand_lowered import compile_axpy\n"
        "for _ in range(5):\n"
        "    y = compile_axpy()(np.ones(8, np.float32))\n"
        "print(y.sum() == 0 or abs(y.sum()) < 1e-5)\n",
        "error",
    )
    assert [line.strip() for line in printed] == ["True", "True"]
    assert len(entries(own_cache)) == 1
    assert compile_axpy().timings.cache_hit
