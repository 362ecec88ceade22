"""What notes say of mixtures of experts: a total is never taken for the active parameters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from priors.imports.epoch_experts import mixture


@pytest.mark.parametrize(
    ("name", "note", "total", "active"),
    [
        ("Solar Open 100B", "102B, of which 12B active", 102e9, 12e9),
        ("A.X K1", "MoE Architecture, Total parameters 519B, Active parameters 33B", 519e9, 33e9),
        ("ERNIE", "MoE: total parameters - 424B active parameters - 47B", 424e9, 47e9),
        ("DBRX", "132B mixture of experts. 36B parameters active per inference", 132e9, 36e9),
        ("DeepSeek-V3", "MoE with 671B total parameters with 37B activated each", 671e9, 37e9),
        ("Hunyuan", "389 billion parameters and 52 billion activation parameters", 389e9, 52e9),
        ("Kimi K2", "Total Parameters 1T Activated Parameters 32B", 1e12, 32e9),
        ("Behemoth", '"a 288 billion active parameter model with 16 experts"', 2e12, 288e9),
        ("Qwen3-Coder-480B-A35B", "", 480e9, 35e9),
        # Not settled: no count, a rumour, a count without a total, two counts, a share.
        ("Qwen3-Max", "MoE architecture", 1e12, None),
        ("GPT-4", "Rumored to be 1.8T parameter MoE with 280B activated", 1.8e12, None),
        ("Seed", "a Mixture-of-Experts (MoE) LLM of 20B active parameters", None, None),
        ("Omni-30B-A3B", "Thinker MoE Transformer 30B-A3B Talker 3B-A0.3B", 35e9, None),
        ("Grok-1", "314B parameter Mixture-of-Experts model with 25% active", 314e9, None),
        ("Mixtral 8x7B", "46.7B *sparse* params", 46.7e9, None),
    ],
)
def test_mixtures(name, note, total, active):
    assert mixture(name, note, "", total) == ("moe", active)


@pytest.mark.parametrize(
    ("name", "note", "compute"),
    [
        ("PaLM (540B)", "a 540-billion parameter, densely activated, Transformer", ""),
        ("GNMT", "Table 5 in 'The Sparsely-Gated Mixture-of-Experts Layer' at", ""),
        ("nekomata-14b", "14.2B", "14.2e9 active parameters * 66e9 tokens * 6"),
        ("DistBelief", "five layers with 2560 nodes and sigmoidal activations", ""),
        ("Distributed NN", "There is one active unit in the first group of 24", ""),
    ],
)
def test_models_that_only_use_the_words(name, note, compute):
    assert mixture(name, note, compute, 14.2e9) == ("unknown", None)


def test_the_note_on_compute_confirms_or_contradicts():
    note = "Mixture-of-Experts, 560B in total"
    assert mixture("L", note, "6 * 27000000000 active parameters", 560e9) == ("moe", 27e9)
    assert mixture("L", note, "6 * 27 * 10^9 active parameters", 560e9) == ("moe", 27e9)
    both = "18B active and 560B in total"
    assert mixture("L", both, "6 * 27B active parameters", 560e9) == ("moe", None)
    assert mixture("L", note, "27B active parameters (speculative)", 560e9) == ("moe", None)


@given(st.floats(1, 999), st.floats(1, 999), st.sampled_from("MBT"))
def test_what_is_called_active_is_less_than_the_total(active, total, scale):
    note = f"MoE, {active:.1f}{scale} active parameters"
    _, found = mixture("X", note, "", total * 1e9)
    assert found is None or found < total * 1e9
