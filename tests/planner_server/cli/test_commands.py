import gzip
import json
import shutil
import signal
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from planner_server.accounts.models import User
from planner_server.library.models import SeedKeyword
from tests.planner_server.cli.program import Inside, Program

COLUMNS = "keyword,volume,difficulty,intent\n"


def write(folder: Path, text: str, name: str = "list.csv") -> str:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return str(file)


def tokens(client: httpx.Client, email: str, password: str) -> dict[str, str]:
    reply = client.post("/api/v1/auth/login/", json={"email": email, "password": password})
    assert reply.status_code == 200, reply.text
    return {"Authorization": f"Bearer {reply.json()['data']['access']}"}


# ---------------------------------------------------------------- demo-data, serve, verify


@pytest.mark.slow
def test_the_demo_is_made_once_served_and_sound(program: Program) -> None:
    first = program.run("demo-data", "--seeds", "2000", "--keywords", "400", "--json")
    assert first.code == 0, first.err
    assert (first.document["seeds"], first.document["keywords"]) == (2_000, 400)
    file = program.folder / "demo.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    demo = json.loads(file.read_text())
    again = program.run("demo-data", "--seeds", "2000", "--keywords", "400", "--json")
    assert json.loads(file.read_text()) == demo
    assert {**again.document, "seconds": 0} == {**first.document, "seconds": 0}
    more = program.run("demo-data", "--seeds", "2400", "--keywords", "480", "--json")
    assert (more.document["seeds"], more.document["keywords"]) == (2_400, 480)

    with program.serving() as server, server.client() as client:
        assert server.address.startswith("http://127.0.0.1:")
        for person in (demo, demo["editor"]):
            headers = tokens(client, person["email"], person["password"])
            sites = client.get("/api/v1/auth/sites/", headers=headers).json()
            assert [site["name"] for site in sites["results"]] == [
                "Northlight Office",
                "Trailhead Outfitters",
            ]
            assert client.get("/api/v1/planner/keywords/", headers=headers).json()["count"] == 480
            assert client.get("/api/v1/planner/ideas/", headers=headers).json()["count"] > 0
            mapped = client.get("/api/v1/planner/keywords/?status=mapped", headers=headers).json()["count"]
            assert 0 < mapped < 480
        assert client.get("/sync/v1/scopes/").status_code != 200
        assert server.end(signal.SIGTERM) == 0

    verified = program.run("verify", "--json")
    assert verified.code == 0, verified.out
    assert verified.document["ok"] is True
    assert len(verified.document["checks"]) > 30


def test_a_lost_demo_file_is_written_again_with_a_password_that_works(inside: Inside, tmp_path: Path) -> None:
    sizes = ("--seeds", "80", "--keywords", "16")
    assert inside.run("demo-data", *sizes).code == 0
    file = tmp_path / "demo.json"
    old = json.loads(file.read_text())
    file.write_text("{damaged")
    assert inside.run("demo-data", *sizes).code == 0
    new = json.loads(file.read_text())
    assert new["email"] == old["email"]
    assert User.objects.get(email=new["email"]).check_password(new["password"])
    assert User.objects.get(email=new["editor"]["email"]).check_password(new["editor"]["password"])


def test_more_keywords_than_seeds_or_more_seeds_than_words_are_refused(inside: Inside) -> None:
    for sizes in (("--seeds", "10", "--keywords", "11"), ("--seeds", "90000000", "--keywords", "1")):
        ended = inside.run("demo-data", *sizes, "--json")
        assert ended.code == 2
        assert ended.error["remedy"]


def test_serve_ends_cleanly_on_both_signals_and_says_no_more_than_the_address(migrated: Program) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        with migrated.serving() as server:
            assert httpx.get(f"{server.address}/api/v1/nope/", trust_env=False).status_code == 404
            assert server.process.stdout
            server.process.send_signal(number)
            assert server.process.stdout.read() == ""
            assert server.end(number) == 0


def test_a_server_that_ended_leaves_everything_in_one_file(migrated: Program) -> None:
    """P64: the database file alone is a whole backup, and no log of a newer one mixes into an older copy put in its place."""
    if migrated.url:
        pytest.skip("the database is not a file")
    with migrated.serving() as server, server.client() as client:
        client.post("/api/v1/auth/login/", json={"email": "nobody@example.com", "password": "wrong"})
        with closing(sqlite3.connect(migrated.folder / "planner.db", isolation_level=None)) as writer:
            writer.execute("CREATE TABLE written_last (n)")
        assert server.end(signal.SIGTERM) == 0
    log = migrated.folder / "planner.db-wal"
    assert not log.exists() or log.stat().st_size == 0
    copy = migrated.folder / "copy.db"
    shutil.copy(migrated.folder / "planner.db", copy)
    with closing(sqlite3.connect(copy)) as found:
        assert found.execute("SELECT count(*) FROM written_last").fetchone() == (0,)


def test_without_the_sync_extension_only_the_documented_api_is_there(migrated: Program) -> None:
    bare = ("--no-sync-extension", "--throttle", "off")
    with migrated.serving() as with_it, migrated.serving(*bare) as without:
        with with_it.client() as client:
            assert client.post("/sync/v1/hello", json={}).status_code in {400, 401, 403}
            assert client.get("/api/v1/auth/account/").headers["X-Throttle-Limit"] == "100"
        with without.client() as client:
            assert client.post("/sync/v1/hello", json={}).status_code == 404
            answer = client.get("/api/v1/auth/account/")
            assert answer.status_code == 401
            assert "X-Throttle-Limit" not in answer.headers


def test_what_is_no_throttling_is_refused(inside: Inside) -> None:
    ended = inside.run("serve", "--throttle", "gently")
    assert ended.code == 2
    assert "documented or off" in ended.err


def test_the_description_of_the_api_is_written_to_a_file_and_to_stdout(
    inside: Inside, tmp_path: Path
) -> None:
    file = tmp_path / "openapi.yaml"
    assert inside.run("describe-api", str(file)).code == 0
    assert file.read_text().startswith("openapi: 3.")
    assert inside.run("describe-api").out == file.read_text()


def test_serve_refuses_a_taken_port_and_a_database_of_another_version(
    program: Program, migrated: Program
) -> None:
    with migrated.serving() as server:
        port = server.address.rpartition(":")[2]
        ended = migrated.run("serve", "--port", port)
        assert ended.code == 2
        assert ended.out == ""
        assert "--port" in ended.err
    fresh = Program(program.folder / "fresh")
    for command in ("serve", "verify"):
        ended = fresh.run(command)
        assert ended.code == 2
        assert "planner-server migrate" in ended.err


def test_verify_makes_nothing_where_a_name_was_mistyped(tmp_path: Path) -> None:
    for url in (None, f"sqlite:///{tmp_path / 'typo' / 'other.db'}"):
        ended = Program(tmp_path / "typo", url).run("verify", "--json")
        assert ended.code == 2
        assert ended.error["code"] == "no_database"
        assert str(tmp_path / "typo") in ended.error["message"]
    assert not list(tmp_path.iterdir())


# ---------------------------------------------------------------- what every command answers to bad surroundings


def test_a_database_out_of_reach_is_exit_5_and_a_wrong_address_exit_2(tmp_path: Path) -> None:
    away = Program(tmp_path, f"postgresql://nobody@/none?host={tmp_path}")
    assert away.run("migrate", "--json").code == 5
    for url in ("mysql://x/y", "planner.db", "sqlite:///relative.db", "postgres"):
        ended = Program(tmp_path, url).run("migrate", "--json")
        assert ended.code == 2, url
        assert ended.error["remedy"]


def test_a_data_folder_that_is_a_file_is_exit_2(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    ended = Program(file).run("migrate", "--json")
    assert ended.code == 2
    assert str(file) in ended.error["message"]


def test_an_unknown_option_is_exit_2_and_help_names_the_commands(program: Program) -> None:
    assert program.run("migrate", "--nope").code == 2
    missing = program.run("load-library", "--json")
    assert missing.code == 2
    assert "FILE" in missing.error["message"].upper()
    assert missing.error["remedy"] == "See planner-server load-library --help."
    listed = program.run("--help", common=False)
    assert listed.code == 0
    for command in ("serve", "migrate", "create-account", "load-library", "demo-data", "verify"):
        assert command in listed.out


def test_migrate_says_what_it_did(program: Program) -> None:
    assert program.run("migrate", "--json").document["applied"] > 0
    assert program.run("migrate", "--json").document["applied"] == 0


# ---------------------------------------------------------------- create-account


def test_an_account_with_a_site_can_be_signed_in_to(migrated: Program, tmp_path: Path) -> None:
    listed = write(tmp_path, "keyword,industry,sector\na,Garden,Roses\nb,Garden,Lawn\n")
    assert migrated.run("load-library", listed).code == 0
    made = migrated.run(
        *(
            "create-account",
            "--email",
            "ANA@acme.test",
            "--name",
            "Acme",
            "--site",
            "Green",
            "--industry",
            "garden",
        ),
        *("--sectors", "roses,lawn", "--password-stdin", "--json"),
        stdin="correct horse battery\n",
    )
    assert made.code == 0, made.out
    assert made.document["user"] == {
        "id": made.document["user"]["id"],
        "email": "ana@acme.test",
        "role": "owner",
    }
    assert [one["name"] for one in made.document["site"]["sectors"]] == ["Roses", "Lawn"]
    with migrated.serving() as server, server.client() as client:
        tokens(client, "ana@acme.test", "correct horse battery")


@pytest.mark.parametrize(
    ("options", "password", "code"),
    [
        (("--email", "ana@acme.test"), "short\n", 3),
        (("--email", "ana@acme.test"), "", 2),
        (("--email", "no address"), "correct horse battery\n", 3),
        (("--email", "ana@acme.test", "--site", "S", "--industry", "nope"), "correct horse battery\n", 2),
        (("--email", "ana@acme.test", "--industry", "garden"), "correct horse battery\n", 2),
    ],
)
def test_an_account_that_cannot_be_is_refused_and_nothing_is_left(
    inside: Inside, options: tuple[str, ...], password: str, code: int
) -> None:
    ended = inside.run(
        "create-account", "--name", "Acme", *options, "--password-stdin", "--json", stdin=password
    )
    assert ended.code == code, ended.out
    good = ("--email", "ana@acme.test", "--name", "Acme", "--password-stdin", "--json")
    made = inside.run("create-account", *good, stdin="correct horse battery\n")
    assert made.document["account"]["slug"] == "acme"
    again = inside.run("create-account", *good, stdin="correct horse battery\n")
    assert again.code == 3
    assert "ana@acme.test" in again.error["message"]


def test_somebody_is_given_the_staff_pages_and_loses_them_again(inside: Inside) -> None:
    good = ("--email", "ana@acme.test", "--name", "Acme", "--password-stdin", "--json")
    assert inside.run("create-account", *good, stdin="correct horse battery\n").code == 0
    assert inside.run("staff", "Ana@acme.test", "--json").document["is_staff"] is True
    assert inside.run("staff", "ana@acme.test", "--off", "--json").document["is_staff"] is False
    unknown = inside.run("staff", "bo@acme.test", "--json")
    assert unknown.code == 2
    assert "bo@acme.test" in unknown.error["message"]


# ---------------------------------------------------------------- load-library


def test_a_list_is_loaded_with_repeats_merged_and_bad_rows_told(inside: Inside, tmp_path: Path) -> None:
    listed = write(
        tmp_path,
        COLUMNS
        + 'desk,100,,\nDESK,500,30,\n desk ,,,Commercial\nlamp,x,1,\n,1,1,\nchair,0,0,"Informational, Transactional"\n',
    )
    options = (
        "load-library",
        listed,
        "--industry",
        "Home Office",
        "--sector",
        "Desks",
        "--country",
        "us",
        "--json",
    )
    ended = inside.run(*options, "--bad-rows", str(tmp_path / "bad.txt"))
    assert ended.code == 0
    document = ended.document
    assert (document["rows"], document["created"], document["merged"], document["bad"]) == (6, 2, 2, 2)
    assert ended.err.splitlines() == ["line 5: volume 'x' is not a number", "line 6: the keyword is empty"]
    assert (tmp_path / "bad.txt").read_text().splitlines() == ended.err.splitlines()
    again = inside.run(*options).document
    assert (again["created"], again["updated"], again["unchanged"], again["merged"]) == (0, 0, 2, 2)
    assert again["sectors"][0]["seeds"] == 2
    rows = SeedKeyword.objects.order_by("pk").values_list(
        "keyword_key", "volume", "difficulty", "intent", "country"
    )
    assert list(rows) == [
        ("desk", 500, 30, "commercial", "US"),
        ("chair", 0, 0, "informational,transactional", "US"),
    ]


def test_a_process_of_its_own_loads_a_packed_list(migrated: Program, tmp_path: Path) -> None:
    packed = tmp_path / "list.csv.gz"
    packed.write_bytes(
        gzip.compress((COLUMNS + "".join(f"k{n},{n},1,\n" for n in range(5_000)) + "bad,x,,\n").encode())
    )
    ended = migrated.run("load-library", str(packed), "--industry", "Home", "--sector", "A", "--json")
    assert ended.code == 0
    assert (ended.document["created"], ended.document["bad"]) == (5_000, 1)
    assert ended.err.splitlines() == ["line 5002: volume 'x' is not a number"]


def test_several_sectors_share_the_rows_the_same_way_in_every_run(inside: Inside, tmp_path: Path) -> None:
    listed = write(tmp_path, COLUMNS + "".join(f"keyword {number},1,1,\n" for number in range(300)))
    options = (
        "load-library",
        listed,
        "--industry",
        "Home",
        "--sector",
        "A",
        "--sector",
        "B",
        "--sector",
        "C",
        "--json",
    )
    first, second = inside.run(*options).document, inside.run(*options).document
    sizes = [one["seeds"] for one in first["sectors"]]
    assert sum(sizes) == 300
    assert min(sizes) > 60
    assert [one["seeds"] for one in second["sectors"]] == sizes
    assert (second["created"], second["unchanged"]) == (0, 300)


def test_an_unknown_figure_never_replaces_a_known_one(inside: Inside, tmp_path: Path) -> None:
    where = ("--industry", "Home", "--sector", "A", "--json")
    inside.run("load-library", write(tmp_path, COLUMNS + "a,100,20,Commercial\n"), *where)
    again = inside.run("load-library", write(tmp_path, COLUMNS + "a,,,\n"), *where).document
    assert (again["updated"], again["unchanged"]) == (0, 1)
    newer = inside.run("load-library", write(tmp_path, COLUMNS + "a,90,,\n"), *where).document
    assert (newer["updated"], newer["unchanged"]) == (1, 0)


def test_lists_and_options_that_cannot_be_used_are_exit_2(inside: Inside, tmp_path: Path) -> None:
    good = write(tmp_path, COLUMNS + "a,1,1,\n")
    where = ("--industry", "Home", "--sector", "A")
    cases = [
        (str(tmp_path / "nope.csv"), *where),
        (str(tmp_path), *where),
        (write(tmp_path, "", "empty.csv"), *where),
        (write(tmp_path, "a,b\n1,2\n", "columns.csv"), *where),
        (write(tmp_path, COLUMNS + "a,x,1,\n", "all_bad.csv"), *where),
        (good, *where, "--map", "keyword=Nope"),
        (good, *where, "--map", "keyword"),
        (good, *where, "--map", "colour=keyword"),
        (good, *where, "--country", "Germany"),
        (good, "--industry", "Home"),
        (good, "--sector", "A"),
        (good, *where, "--bad-rows", str(tmp_path / "no" / "folder.txt")),
    ]
    for arguments in cases:
        ended = inside.run("load-library", *arguments, "--json")
        assert ended.code == 2, (arguments, ended)
        assert ended.error["message"]


def test_many_bad_rows_are_counted_and_only_the_first_are_shown(inside: Inside, tmp_path: Path) -> None:
    listed = write(tmp_path, COLUMNS + "good,1,1,\n" + "bad,x,1,\n" * 500)
    ended = inside.run("load-library", listed, "--industry", "Home", "--sector", "A", "--json")
    assert ended.document["bad"] == 500
    assert len(ended.err.splitlines()) == 101
    assert "400 more" in ended.err
