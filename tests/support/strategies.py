"""Draw from the strategies of messages."""

import warnings

from pypact.strategies import load_hypothesis


def draw_unfiltered(shape, seed):
    """Return the parts of some messages, also of those that the contract refuses."""
    hypothesis = load_hypothesis()
    drawn = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=5,
        database=None,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(shape.make_unchecked_strategy())
    def collect(parts):
        drawn.append(parts)

    with warnings.catch_warnings():
        # Up to 6.115 it warns of its own source of random numbers.
        warnings.simplefilter("ignore", hypothesis.errors.HypothesisWarning)
        collect()
    return drawn
