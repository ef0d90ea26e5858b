"""Makes an environment and installs into it what a requirements file locks; the second time it does nothing.

Run as `python3 engines/install.py .venv requirements/dev.txt`, before anything is installed: standard library only,
and written so that an old Python can still read it far enough to be told that it is too old.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)

# Asks the environment itself, with pip's own reading of requirements, what is missing in it.
SATISFIED = """
import sys
from importlib.metadata import PackageNotFoundError, version
from pip._vendor.packaging.requirements import Requirement

for line in open(sys.argv[1]):
    if line[0] in " #\\n":
        continue
    wanted = Requirement(line.split("\\\\")[0].strip())
    if wanted.marker is None or wanted.marker.evaluate():
        try:
            found = version(wanted.name)
        except PackageNotFoundError:
            sys.exit(1)
        if not wanted.specifier.contains(found, prereleases=True):
            sys.exit(1)
"""


def main() -> None:
    environment, requirements = Path(sys.argv[1]), Path(sys.argv[2])
    refuse_old_python()
    python = environment / "bin" / "python"
    if not python.exists():
        make_environment(environment)
    stamp = environment / f"installed-{requirements.stem}"
    locked = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == locked:
        return
    if subprocess.call([str(python), "-c", SATISFIED, str(requirements)]) != 0:
        install(python, requirements)
    stamp.write_text(locked)


def refuse_old_python() -> None:
    if sys.version_info < OLDEST:
        sys.exit(
            f"Lyceum needs Python 3.11 or newer, and {sys.executable} is {own_version()}: install a newer one, "
            "or name it, as in `make PYTHON=/path/to/python3.11 demo`."
        )


def own_version() -> str:
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def make_environment(environment: Path) -> None:
    try:
        import ensurepip  # noqa: F401
        import venv
    except ImportError:
        sys.exit(
            "This Python has no `venv` module: on Debian or Ubuntu, "
            f"`apt install python{own_version()}-venv` brings it."
        )
    print(f"Making {environment} with Python {own_version()}", flush=True)
    venv.create(str(environment), with_pip=True, clear=environment.exists())


def install(python: Path, requirements: Path) -> None:
    print(f"Installing {requirements}; the first time this takes a minute or two", flush=True)
    options = ["--quiet", "--disable-pip-version-check", "--require-hashes", "--only-binary=:all:"]
    if subprocess.call([str(python), "-m", "pip", "install", *options, "-r", str(requirements)]) != 0:
        sys.exit("Installing failed, see above: is there a way to the package index? `make` again goes on from here.")


if __name__ == "__main__":
    main()
