# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiled models next to what else runs them: `python benchmarks/compare.py [MODEL ...]`.

Each contender runs in a process of its own, so that no one's threads or memory disturb another.
They take turns in short rounds, and what is reported is the median of the rounds' ratios: a machine
that slows down for a while slows down all.
"""

import argparse
import sys
from pathlib import Path

from campaign import Campaign, add_options, interruptible, measured_ceilings
from cases import zoo_case
from contest import Rules
from journal import Journal
from model_page import model_page
from peers import OURS


def main() -> int:
    """Runs the command line."""
    from tilewright import zoo

    parser = argparse.ArgumentParser(description=(__doc__ or "").split(":")[0])
    parser.add_argument("models", nargs="*", metavar="MODEL", help="of the zoo; all when none")
    parser.add_argument("--size", default="full", choices=("full", "small"))
    parser.add_argument("--page", type=Path, metavar="FILE", help="write docs/models.md's page")
    add_options(parser, rounds=6, seconds=1.0)
    arguments = parser.parse_args()
    unknown = sorted({*arguments.models} - {*zoo.names()})
    if unknown:
        parser.error(f"no zoo model {', '.join(unknown)}; there are {', '.join(zoo.names())}")
    contenders = [OURS, *(["eager"] if arguments.peers is None else arguments.peers)]
    if arguments.page and "eager" not in contenders:
        parser.error("--page compares with eager: give --peers eager")

    with interruptible(arguments.resume):
        campaign = Campaign(
            cases=[zoo_case(name, arguments.size) for name in arguments.models or zoo.names()],
            contenders=lambda _: contenders,
            threads=arguments.threads,
            precisions=arguments.precision,
            rules=Rules(arguments.rounds, arguments.seconds),
            journal=Journal(arguments.resume),
            limits=measured_ceilings(arguments.threads) if arguments.results else None,
        )
        campaign.run()
        if arguments.page and campaign.results:
            arguments.page.write_text(model_page(campaign.results, arguments.size))
        if arguments.results:
            campaign.write(arguments.results, "models", "Models")
        return campaign.end()


if __name__ == "__main__":
    sys.exit(main())
