"""The built-in evidence and priors, read once; what passed once passes again."""

import pytest
from hypothesis import settings

from priors.evidence import load_evidence
from priors.prior_rows import load_priors

settings.register_profile("eflops", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("eflops")


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory):
    """A cache of fits for the tests alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EFLOPS_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def evidence():
    return load_evidence()


@pytest.fixture(scope="session")
def priors(evidence):
    return load_priors(evidence.sources)
