"""The commands of the kit: python -m deeptricks.grading COMMAND --help."""

import argparse
import importlib
import sys

COMMANDS = {
    "release": "make the student versions, and make sure that nothing leaks into them",
    "grade": "grade a folder of submissions: gradebook, CSV and feedback",
    "alike": "answers that are alike: a page for each assignment, to read and to ask",
    "audit": "does an assignment grade as it should? (blank, reference, mistakes, alternatives)",
    "gradescope": "export the assignments for Gradescope, by otter-grader",
}


def main(words: list[str] | None = None) -> int:
    """Run one command; each is a module with `arguments(parser)` and `main(options) -> int`."""
    parser = argparse.ArgumentParser(prog="python -m deeptricks.grading", description=__doc__)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        try:
            module = importlib.import_module(f"deeptricks.grading.{name}")
        except ModuleNotFoundError as missing:
            lacks = missing.name.partition(".")[0]
            parser.exit(
                2,
                f"{parser.prog}: the command {name} needs {lacks}, which is not installed: "
                "pip install 'deeptricks[teach]'\n",
            )
        command = commands.add_parser(
            name,
            help=summary,
            description=module.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.arguments(command)
        command.set_defaults(command=module.main)
    options = parser.parse_args(words)
    try:
        return options.command(options)
    except ValueError as error:
        parser.exit(2, f"{parser.prog}: {error}\n")


if __name__ == "__main__":
    sys.exit(main())
