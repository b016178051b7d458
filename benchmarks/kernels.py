# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Single kernels next to PyTorch's: `python benchmarks/kernels.py [PATTERN ...]`.

Matrix products, convolutions, attention and what goes over rows, each as a fraction of what this
machine can do. Convolutions are also compared with ONNX Runtime and OpenVINO.
"""

import argparse
import sys

from campaign import Campaign, add_options, interruptible, measured_ceilings
from cases import Case
from contest import Rules
from journal import Journal
from kernel_list import kernel_cases
from peers import OURS

_PEERS = {"convolution": ("eager", "onnxruntime", "openvino")}


def main() -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split(":")[0])
    parser.add_argument(
        "patterns", nargs="*", metavar="PATTERN", help="as gemm, conv*, 'attention/*-causal'"
    )
    parser.add_argument("--list", action="store_true", help="print the names and end")
    add_options(parser, rounds=6, seconds=0.2)
    arguments = parser.parse_args()
    cases = kernel_cases(arguments.patterns)
    if not cases:
        parser.error(f"no kernel is called {' or '.join(arguments.patterns)}; see --list")
    if arguments.list:
        print("\n".join(case.name for case in cases))
        return 0

    def contenders(case: Case) -> list[str]:
        peers = arguments.peers
        return [OURS, *(_PEERS.get(case.kind, ("eager",)) if peers is None else peers)]

    with interruptible(arguments.resume):
        campaign = Campaign(
            cases=cases,
            contenders=contenders,
            threads=arguments.threads,
            precisions=arguments.precision,
            rules=Rules(arguments.rounds, arguments.seconds),
            journal=Journal(arguments.resume),
            share_workers=True,
            limits=measured_ceilings(arguments.threads),
        )
        campaign.run()
        if arguments.results:
            campaign.write(arguments.results, "kernels", "Kernels")
        return campaign.end()


if __name__ == "__main__":
    sys.exit(main())
