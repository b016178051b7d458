# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Decoding with a key-value cache that is updated in place, over several steps."""

from __future__ import annotations

import copy
from itertools import chain
from typing import Any

import pytest

import tilewright as tw
from tilewright import zoo
from tilewright.errors import RunError

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")


def test_steps_are_as_exact_as_eager() -> None:
    entry = zoo.build("llama_decode", "small")
    token, _, keys, values = entry.example_args
    module = tw.compile(entry.model, entry.example_args, threads=2)
    assert len(module.signature.updated) == len(keys) + len(values)
    ours = [[cache.clone() for cache in side] for side in (keys, values)]
    eager = copy.deepcopy(ours)
    exact = [[cache.double() for cache in side] for side in ours]
    precise = copy.deepcopy(entry.model).double()
    addresses = [cache.data_ptr() for side in ours for cache in side]
    # On from there, around the end of a block of keys that attention reads at once, first and last.
    for number in (141, 142, 143, 255, 256, 0, 299):
        place = torch.tensor(number)
        with torch.no_grad():
            want = precise(token, place, *exact)
            noise = (entry.model(token, place, *eager) - want).abs().max()
        got = module(token, place, *ours)
        assert (got - want).abs().max() <= 4 * noise
        for mine, reference in zip(chain(*ours), chain(*exact), strict=True):
            assert torch.allclose(mine.double(), reference, atol=1e-4)
        token = got.argmax(-1)
    assert addresses == [cache.data_ptr() for side in ours for cache in side]


def test_only_valid_keys_are_read() -> None:
    entry = zoo.build("llama_decode", "small")
    module = tw.compile(entry.model, entry.example_args, threads=1)
    token, position, keys, values = entry.example_args
    want = module(token, position, keys, values)
    for cache in (*keys, *values):
        cache[:, :, int(position) + 1 :] = float("nan")
    assert torch.equal(module(token, position, keys, values), want)
    main = module.ir("graph").split("@main")[1]
    assert "tw.attention" in main and " mask(" not in main


def test_hugging_face_static_cache() -> None:
    config: Any = transformers.LlamaConfig(
        vocab_size=53,
        hidden_size=24,
        intermediate_size=40,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
    )
    torch.manual_seed(0)
    model = transformers.LlamaForCausalLM(config).eval()

    def new_cache() -> Any:
        cache: Any = transformers.StaticCache(config=config, max_cache_len=7)
        cache.early_initialization(
            batch_size=1, num_heads=2, head_dim=6, dtype=torch.float32, device="cpu"
        )
        return cache

    token = torch.tensor([[3]])
    kwargs = {"input_ids": token, "past_key_values": new_cache()}
    module = tw.compile(model, example_kwargs=kwargs, threads=1)
    ours, eager = new_cache(), new_cache()
    for _ in range(7):
        with torch.no_grad():
            want = model(input_ids=token, past_key_values=eager)
        got = module(input_ids=token, past_key_values=ours)
        torch.testing.assert_close(got.logits, want.logits, rtol=1e-4, atol=1e-5)
        for mine, reference in zip(ours.layers, eager.layers, strict=True):
            torch.testing.assert_close(mine.keys, reference.keys)
            torch.testing.assert_close(mine.values, reference.values)
            assert mine.cumulative_length == reference.cumulative_length
        assert got.past_key_values.layers[0].keys.data_ptr() == ours.layers[0].keys.data_ptr()
        token = want.logits.argmax(-1)
    with pytest.raises(RunError, match="index must be smaller"):
        module(input_ids=token, past_key_values=ours)
