"""What many tests share: settings with a home of their own, and natobot itself with the shipped documents."""

import pytest

from natobot.bot import Natobot
from natobot.settings import Settings


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The shipped documents and responses, and an empty home."""
    return Settings.load({"NATOBOT_HOME": str(tmp_path_factory.mktemp("home"))})


@pytest.fixture(scope="session")
def bot(settings: Settings) -> Natobot:
    """natobot with all cards."""
    return Natobot.open(settings)
