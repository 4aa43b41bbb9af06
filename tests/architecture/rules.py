"""The arrows: who may import whom, as tables that `arrows` checks.

A prefix stands for a module and everything below it. Product code is what is installed; benchmarks and tests
may look at everything but start the server as a child process like everybody else.
"""

PRODUCT = ("planner_core", "sync", "planner_desktop", "planner_server", "resources")

# From top to bottom. A module imports from its own layer's prefix and from lower layers only; prefixes that
# share a line stand beside each other and do not know one another.
LAYERS = (
    ("planner_desktop.demo",),
    ("planner_desktop.bootstrap",),
    ("planner_desktop.cli",),
    ("planner_desktop.screens",),
    ("planner_desktop.widgets",),
    ("planner_desktop.bridge",),
    ("planner_desktop.app",),
    ("planner_desktop.exporting", "planner_desktop.recipes"),
    # Reading export files knows neither the replica nor the engine.
    ("planner_desktop.columns", "planner_desktop.importing"),
    # The threads of the engine, which has none: the one that steps it, and the one that fetches ahead for it.
    ("sync.runner", "sync.ahead"),
    ("sync.engine",),
    ("sync.replica", "sync.transport"),
    ("sync.ids",),
    ("sync.clock", "sync.errors"),
    ("planner_core",),
)

# Packages whose __init__ imports nothing of ours.
EMPTY_ROOTS = ("planner_desktop", "sync")

# Outside the layers: importer -> the only prefixes of ours it may import, besides itself.
APART = {
    # The word lists of the demo library are a resource: data, and no code to depend on.
    "planner_server": ("planner_core", "resources"),
    "resources": (),
}

# prefix -> the only importers, on top of what the layers say.
ONLY_FROM = {
    "resources": (
        "planner_desktop.demo",
        "planner_desktop.bootstrap",
        "planner_desktop.screens",
        "planner_desktop.widgets",
        "planner_server.cli",
    ),
    # pydantic costs time that the first paint does not have.
    "planner_core.wire": ("planner_core.wire", "sync", "planner_server", "benchmarks"),
    "planner_server": ("planner_server",),
}

# The command line runs where Qt's libraries are missing.
NEVER = {
    "planner_desktop.cli": ("planner_desktop.bridge", "planner_desktop.screens", "planner_desktop.widgets"),
}

QT = (
    "planner_desktop.bridge",
    "planner_desktop.screens",
    "planner_desktop.widgets",
    "planner_desktop.bootstrap",
)
HTTP = ("sync.transport", "planner_server.ai")
SERVER = ("planner_server",)

# Library or module of Python -> where product code may import it.
LIBRARIES = {
    "PySide6": QT,
    "shiboken6": QT,
    "sqlite3": ("sync.replica", "planner_server"),
    "sqlite_utils": ("sync.replica",),
    "httpx": HTTP,
    "httpcore": HTTP,
    "requests": (),
    "urllib.request": (),
    "http.client": (),
    "numpy": ("planner_desktop.columns", "planner_server.ai"),
    "msgspec": ("sync",),
    "re2": ("planner_desktop.columns",),
    "python_calamine": ("planner_desktop.importing",),
    "xlsxwriter": ("planner_desktop.exporting",),
    "charset_normalizer": ("planner_desktop.importing",),
    "django": SERVER,
    "rest_framework": SERVER,
    "rest_framework_simplejwt": SERVER,
    "django_filters": SERVER,
    "drf_spectacular": SERVER,
    "waitress": SERVER,
    "whitenoise": SERVER,
    "psycopg": SERVER,
    "typer": ("planner_desktop.cli", "planner_server.cli"),
    "click": ("planner_desktop.cli", "planner_server.cli"),
}

# Pure: these packages import Python's own modules, themselves and what is named here.
PURE = {"planner_core": ("pydantic",)}

# Modules of Python that reach the world, the clock or chance.
WORLDLY = (
    "asyncio",
    "concurrent",
    "http",
    "multiprocessing",
    "os",
    "random",
    "secrets",
    "socket",
    "sqlite3",
    "ssl",
    "subprocess",
    "tempfile",
    "threading",
    "time",
    "urllib",
)
NOT_IN = {
    "planner_core": WORLDLY,
    # A step function: whoever steps it brings the threads.
    "sync.engine": ("asyncio", "concurrent", "multiprocessing", "random", "secrets", "threading", "time"),
    "sync.replica": ("random", "secrets"),
}

# Names whose call reads the clock or makes an id, where both are handed in.
CLOCK_FREE = ("planner_core", "sync.engine", "sync.replica")
CLOCKS = frozenset(
    {"now", "utcnow", "today", "monotonic", "perf_counter", "sleep", "uuid1", "uuid4", "uuid7", "urandom"}
)
CLOCK_OWNERS = frozenset({"datetime", "date", "time", "uuid", "os", "secrets", "random"})
