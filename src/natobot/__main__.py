"""``python -m natobot``."""

from natobot.cli import main

if __name__ == "__main__":
    main()
