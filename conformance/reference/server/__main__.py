"""Starts the server: `python -m conformance.reference.server --config FILE`."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from conformance.reference.server.app import BusGone, Server
from conformance.reference.server.bus.connection import BusUnreachable
from conformance.reference.server.config import ConfigInvalid, ServerConfig, load_config

EXIT_CANNOT_RUN = 2


def main(arguments: list[str] | None = None) -> int:
    """Run until a signal ends it. Returns 0, or 2 after one line on stderr with the reason."""
    parser = argparse.ArgumentParser(prog="python -m conformance.reference.server")
    parser.add_argument("--config", type=Path, required=True, help="JSON file")
    path: Path = parser.parse_args(arguments).config
    try:
        config = load_config(path)
        logging.basicConfig(
            stream=sys.stderr,
            level=config.log_level.upper(),
            format="%(asctime)s %(levelname)s %(name)s %(message)s",
        )
        for chatty in ("nats", "httpx", "httpcore", "asyncio"):
            logging.getLogger(chatty).setLevel(logging.WARNING)
        asyncio.run(_serve(config))
    except (ConfigInvalid, BusUnreachable, BusGone) as error:
        print(f"reference server: {error}", file=sys.stderr)
        return EXIT_CANNOT_RUN
    except OSError as error:
        print(f"reference server: cannot listen: {error}", file=sys.stderr)
        return EXIT_CANNOT_RUN
    except KeyboardInterrupt:
        return 0
    return 0


async def _serve(config: ServerConfig) -> None:
    await Server(config).run()


if __name__ == "__main__":
    sys.exit(main())
