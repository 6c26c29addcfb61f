import pytest

from tests.digistrategia.secret_world import make_secret_world


@pytest.fixture
def secret_world(db):
    make_secret_world()
