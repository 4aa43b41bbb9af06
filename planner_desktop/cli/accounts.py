"""login, sign-out (logout), whoami, accounts."""

from __future__ import annotations

import getpass
import sys
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner_desktop.app.wording import counted
from planner_desktop.cli.invocation import invocation

if TYPE_CHECKING:  # see invocation: the application stays out until a command runs
    from planner_desktop.app.profile import AccountEntry, Profile

COLUMNS = ("current", "key", "email", "server", "account_name", "role", "signed_in")


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("login")(login)
    app.command("sign-out")(logout)
    app.command("logout", help="The same as sign-out.")(logout)
    app.command("whoami")(whoami)
    group = typer.Typer(help="The accounts of this profile.", no_args_is_help=True)
    group.command("list")(list_accounts)
    group.command("use")(use)
    app.add_typer(group, name="accounts")


def login(
    context: typer.Context,
    server: Annotated[str, typer.Option(metavar="URL", help="Address of the platform.")],
    email: Annotated[str, typer.Option(metavar="EMAIL")],
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
) -> None:
    """Sign in to a platform and make that account the one in use."""
    run = invocation(context)
    profile = run.profile()
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else getpass.getpass("Password: ")
    from planner_desktop.app.signing import sign_in  # noqa: PLC0415 - brings the network in

    entry = sign_in(profile, server, email, password, notice=run.output.notice)
    run.output.record(_identity(entry), f"Signed in as {entry.title} ({entry.role}). Next: planner sync")


def logout(
    context: typer.Context,
    keep: Annotated[
        bool, typer.Option("--keep", help="Sign out although changes wait; they stay on this computer.")
    ] = False,
    sync: Annotated[bool, typer.Option("--sync", help="Send first what waits.")] = False,
    export: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write what waits to a .csv or .json file, too, and sign out."),
    ] = None,
) -> None:
    """Sign out of the account in use. Its copy stays on this computer. If changes wait, choose what becomes of them."""
    if keep + sync + (export is not None) > 1:
        raise typer.BadParameter("choose one of --sync, --keep, --export")
    run = invocation(context)
    from planner_desktop.app.opening import sign_out  # noqa: PLC0415 - brings the network in

    entry, waiting = sign_out(run.profile(), keep=keep, sync=sync, export=export)
    text = f"Signed out of {entry.title}."
    if waiting:
        text += f" {counted(waiting, 'change waits', 'changes wait')} on this computer, to be sent after the next sign-in."
    if waiting and export:
        text += f" {'It was' if waiting == 1 else 'They were'} written to {export}, too."
    run.output.record({**_identity(entry), "signed_in": False, "waiting": waiting}, text)


def whoami(context: typer.Context) -> None:
    """Show the account in use."""
    run = invocation(context)
    profile = run.profile()
    entry = profile.need_current()
    from planner_desktop.app.signing import is_signed_in  # noqa: PLC0415 - see invocation

    signed_in = is_signed_in(profile, entry)
    entry = replace(entry, role=_role(profile, entry))
    text = f"{entry.title}, {entry.role or 'role unknown'} of {entry.account_name or entry.account}"
    run.output.record(
        {**_identity(entry), "signed_in": signed_in}, text if signed_in else f"{text} (signed out)"
    )


def _role(profile: Profile, entry: AccountEntry) -> str:
    """Return the role the platform told last; before the first sync, that of the sign-in."""
    from planner_desktop.app.replicas import open_reader  # noqa: PLC0415 - see invocation
    from sync.errors import PlannerError  # noqa: PLC0415 - see invocation

    try:
        with closing(open_reader(profile.paths(entry), entry)) as reader:
            owner = reader.owner()
    except PlannerError:
        return entry.role
    return owner.role if owner is not None and owner.role else entry.role


def list_accounts(context: typer.Context) -> None:
    """List the accounts of this profile."""
    run = invocation(context)
    profile = run.profile()
    from planner_desktop.app.signing import is_signed_in  # noqa: PLC0415 - see invocation

    current = profile.current
    rows = [
        {**_identity(entry), "current": entry == current, "signed_in": is_signed_in(profile, entry)}
        for entry in profile.accounts
    ]
    run.output.rows(
        rows, len(rows), COLUMNS, empty="No account yet. Sign in: planner login --server URL --email EMAIL"
    )


def use(
    context: typer.Context, account: Annotated[str, typer.Argument(help="Key, email or account name.")]
) -> None:
    """Make another account the one in use."""
    run = invocation(context)
    entry = run.profile().use(account)
    run.output.record(_identity(entry), f"Now in use: {entry.title}")


def _identity(entry: AccountEntry) -> dict[str, Any]:
    return asdict(entry)
