"""`python -m engines demo [--fresh | --empty] | start | stop`."""

import argparse
import sys

from engines import start_missing


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m engines", description="The engines of this checkout.")
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="run the whole demo until Ctrl-C")
    demo.add_argument("--fresh", action="store_true", help="make the demo class anew around today")
    demo.add_argument("--empty", action="store_true", help="without programs and people, as the fault tests want it")
    commands.add_parser("start", help="start database and broker and leave them running")
    commands.add_parser("stop", help="stop database and broker that were left running")
    chosen = parser.parse_args()
    if chosen.command == "demo":
        from engines.demo import run

        return run(fresh=chosen.fresh, empty=chosen.empty)
    if chosen.command == "start":
        start_missing()
        return 0
    return stop()


def stop() -> int:
    from engines import addresses, postgres, valkey
    from engines.addresses import Purpose

    for purpose in Purpose:
        for name, engine in (("database", postgres), ("broker", valkey)):
            if engine.stop(purpose):
                print(f"Stopped the {name} ({purpose}).")
    kept = [str(folder) for folder in (addresses.postgres_root(), addresses.VAR_DIR) if folder.exists()]
    print(f"What they keep lies in {' and '.join(kept)}." if kept else "They keep nothing.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
