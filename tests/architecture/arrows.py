"""Checks the import statements of the whole checkout against `rules`, without importing anything.

Imports inside functions and under TYPE_CHECKING count too: an arrow that exists for the type checker only is
still something a reader has to know. `python -m tests.architecture.arrows` prints what it found.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.architecture import rules

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, order=True)
class Breach:
    path: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Import:
    importer: str
    target: str
    line: int


@dataclass(frozen=True, slots=True)
class Module:
    name: str
    path: Path
    tree: ast.Module
    is_package: bool


def under(module: str, prefix: str) -> bool:
    return module == prefix or module.startswith(f"{prefix}.")


def among(module: str, prefixes: tuple[str, ...]) -> bool:
    return any(under(module, prefix) for prefix in prefixes)


# ---------------------------------------------------------------- reading


def read_modules(root: Path, packages: tuple[str, ...]) -> list[Module]:
    found = []
    for package in packages:
        for path in sorted((root / package).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            is_package = parts[-1] == "__init__"
            name = ".".join(parts[:-1] if is_package else parts)
            found.append(Module(name, path, ast.parse(path.read_bytes(), str(path)), is_package))
    return found


def imports_of(module: Module, known: frozenset[str]) -> Iterator[Import]:
    """Each imported module once a statement; `from a import b` means a.b where that is a module."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(module.name, alias.name, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            base = _base(module, node)
            for alias in node.names:
                full = f"{base}.{alias.name}"
                is_module = full in known or full in rules.LIBRARIES
                yield Import(module.name, full if is_module else base, node.lineno)
        elif isinstance(node, ast.Call) and (name := _by_name(node)):
            yield Import(module.name, name, node.lineno)


def _by_name(call: ast.Call) -> str | None:
    """What importlib.import_module("a.b") or __import__("a.b") imports."""
    function = call.func
    called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if called not in {"import_module", "__import__"} or not call.args:
        return None
    name = call.args[0]
    return name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else None


def _base(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = module.name.split(".") if module.is_package else module.name.split(".")[:-1]
    kept = package[: len(package) - node.level + 1]
    return ".".join([*kept, node.module] if node.module else kept)


# ---------------------------------------------------------------- judging


def breaches(root: Path = ROOT) -> list[Breach]:
    modules = read_modules(root, (*rules.PRODUCT, "benchmarks"))
    known = frozenset(module.name for module in modules)
    found = []
    for module in modules:
        path = str(module.path.relative_to(root))
        reasons = [(1, reason) for reason in _homeless(module)]
        for one in imports_of(module, known):
            reasons += [(one.line, reason) for reason in _judge(one)]
        reasons += _clocks(module)
        found += [Breach(path, line, reason) for line, reason in reasons]
    return sorted(set(found))


def _judge(one: Import) -> Iterator[str]:
    if among(one.target, (*rules.PRODUCT, "benchmarks", "tests")):
        yield from _judge_ours(one)
    elif among(one.importer, rules.PRODUCT):
        yield from _judge_library(one)


def _judge_ours(one: Import) -> Iterator[str]:
    importer, target = one.importer, one.target
    for prefix, importers in rules.ONLY_FROM.items():
        if under(target, prefix) and not among(importer, importers):
            yield f"{importer} imports {target}: only {', '.join(importers)} may import {prefix}"
    if not among(importer, rules.PRODUCT):
        return
    if not among(target, rules.PRODUCT):
        yield f"{importer} imports {target}: product code does not know benchmarks or tests"
    for prefix, forbidden in rules.NEVER.items():
        if under(importer, prefix) and among(target, forbidden):
            yield f"{importer} imports {target}: {prefix} must run without Qt"
    for prefix, allowed in rules.APART.items():
        if under(importer, prefix) and not among(target, (prefix, *allowed)):
            yield f"{importer} imports {target}: {prefix} imports {' and '.join(allowed) or 'nothing of ours'} only"
    if importer in rules.EMPTY_ROOTS:
        yield f"{importer} imports {target}: everything below {importer} would import it too"
    yield from _judge_layers(importer, target)


def _judge_layers(importer: str, target: str) -> Iterator[str]:
    here, there = _layer(importer), _layer(target)
    if here is None or there is None or there[1] == here[1]:
        return
    if there[0] < here[0]:
        yield f"{importer} imports {target}: {there[1]} is a higher layer than {here[1]}"
    elif there[0] == here[0]:
        yield f"{importer} imports {target}: {there[1]} and {here[1]} stand beside each other"


def _layer(module: str) -> tuple[int, str] | None:
    """The number of a module's layer, 0 on top, and the prefix that put it there."""
    for number, prefixes in enumerate(rules.LAYERS):
        for prefix in prefixes:
            if under(module, prefix):
                return number, prefix
    return None


def _homeless(module: Module) -> Iterator[str]:
    is_root = "." not in module.name
    if not is_root and not among(module.name, (*rules.APART, "benchmarks")) and _layer(module.name) is None:
        yield f"{module.name} has no place in the layers: move it into one of them"


def _judge_library(one: Import) -> Iterator[str]:
    importer, target = one.importer, one.target
    for library, homes in rules.LIBRARIES.items():
        if under(target, library) and not among(importer, homes):
            yield f"{importer} imports {target}: allowed in {', '.join(homes) or 'no package of ours'} only"
    for package, allowed in rules.PURE.items():
        own = target.split(".")[0]
        if under(importer, package) and own not in (*sys.stdlib_module_names, *allowed):
            yield f"{importer} imports {target}: {package} imports Python's own modules and {', '.join(allowed)} only"
    for package, forbidden in rules.NOT_IN.items():
        if under(importer, package) and among(target, forbidden):
            yield f"{importer} imports {target}: {package} reaches neither world, clock nor chance by itself"


def _clocks(module: Module) -> list[tuple[int, str]]:
    if not among(module.name, rules.CLOCK_FREE):
        return []
    return [
        (node.lineno, f"{module.name} calls {name}(): clock and ids are handed in here")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and (name := _clock(node.func))
    ]


def _clock(function: ast.expr) -> str | None:
    if isinstance(function, ast.Name):
        return function.id if function.id in rules.CLOCKS - {"now", "today"} else None
    if not isinstance(function, ast.Attribute) or function.attr not in rules.CLOCKS:
        return None
    owner = function.value
    last = owner.attr if isinstance(owner, ast.Attribute) else owner.id if isinstance(owner, ast.Name) else ""
    return f"{last}.{function.attr}" if last in rules.CLOCK_OWNERS else None


def main() -> int:
    found = breaches()
    for breach in found:
        print(breach)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
