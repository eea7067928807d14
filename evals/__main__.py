"""`python -m evals`."""

import sys

try:
    from evals.commands.app import app
except ModuleNotFoundError as error:
    # `make run` installs what serving needs; measuring takes ir-measures, scikit-learn and matplotlib as well.
    sys.exit(f"python -m evals needs the library {error.name!r}, which is not installed: run `make setup`")

if __name__ == "__main__":
    app(prog_name="python -m evals")
