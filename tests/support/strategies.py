"""Draw from the strategies of messages."""

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
    @hypothesis.given(shape.unchecked_strategy())
    def collect(parts):
        drawn.append(parts)

    collect()
    return drawn
