import pytest

from tests.factories import make_action, make_strategy


@pytest.fixture
def strategy(transactional_db, no_messages):
    strategy = make_strategy(opened="2021Q1")
    make_action(strategy, "a")
    make_action(strategy, "b", entries={"2021Q1": 5})
    return strategy
