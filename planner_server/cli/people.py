"""The commands about people: an account with its owner, and who works for the platform itself."""
# ruff: noqa: PLC0415, PLR0913, PLR0917 - models cannot be imported before the options have said which database; one parameter an option

from __future__ import annotations

import sys
from typing import Annotated

import typer

from planner_server.cli.console import USAGE, Failure, answer
from planner_server.cli.options import AsJson, DatabaseUrl, DataDir


def create_account(
    email: Annotated[str, typer.Option(help="The owner signs in with it.")],
    name: Annotated[str, typer.Option(help="Name of the account.")],
    person: Annotated[str, typer.Option(help="Name of the owner; default: the e-mail's first part.")] = "",
    site: Annotated[str | None, typer.Option(help="Name of a first site.")] = None,
    industry: Annotated[str | None, typer.Option(help="Slug of the site's industry.")] = None,
    sectors: Annotated[
        str | None, typer.Option(help="Slugs of its sectors, A,B; default: all of the industry.")
    ] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from stdin.")
    ] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Make an account with its owner, and a first site."""
    from planner_server.cli import environment

    environment.start(data_dir, database_url)
    environment.require_migrated()
    password = _password(from_stdin=password_stdin)

    from planner_server.cli import account

    made = account.create_account(
        email=email,
        name=name,
        password=password,
        person=person,
        site=site,
        industry=industry,
        sectors=sectors,
    )
    lines = [f"Account {made['account']['name']} with owner {made['user']['email']}."]
    if made["site"]:
        listed = ", ".join(one["name"] for one in made["site"]["sectors"]) or "no sectors yet"
        lines.append(f"Site {made['site']['name']}: {listed}.")
    answer(made, lines, as_json=as_json)


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
        if not password:
            raise Failure("password", "There is no password on stdin.", "Give it as one line.", USAGE)
        return password
    if not sys.stdin.isatty():
        raise Failure(
            "password",
            "There is no terminal to ask for the password.",
            "Pass it with --password-stdin.",
            USAGE,
        )
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


def staff(
    email: Annotated[str, typer.Argument(help="Address somebody signs in with.")],
    off: Annotated[bool, typer.Option("--off", help="Take the pages away again.")] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Let somebody use the staff pages under /staff/, whatever his role in his account is."""
    from planner_server.cli import environment

    environment.start(data_dir, database_url)
    environment.require_migrated()

    from planner_server.cli import account

    made = account.set_staff(email=email, is_staff=not off)
    line = f"{made['email']} {'uses' if made['is_staff'] else 'does not use'} the staff pages."
    answer(made, [line], as_json=as_json)
