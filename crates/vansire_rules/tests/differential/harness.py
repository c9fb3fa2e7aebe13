"""Runs many small programs and tells which marks reached which line's `sink`.

Reads from standard input: the length of a program in bytes, a line break, the program; again and again. Writes one
line for each: `ok`, `raised` or `invalid`, then `LINE` for each line whose `sink` was given a mark, and `-LINE` for each
whose `sink` was only ever called without one.
"""

import gc
import signal
import sys
import types

# One letter for each source, so that parts of what it gave are still known as its own.
LETTERS = "αβγδεζηθικλμνξοπρτυφχψω"
MARKED = set(LETTERS) | set(LETTERS.upper())

# In bytes; programs need next to nothing.
MEMORY = 256 * 1024 * 1024


class Timeout(BaseException):
    pass


# Whether a program is running: nothing else is to be interrupted.
running = False


def interrupt(_signal, _frame):
    if running:
        raise Timeout


def source(name):
    letter = LETTERS[int(name[1:]) % len(LETTERS)]
    return f"{letter}{letter} {letter}{letter}"


def is_marked(value, depth=0):
    if isinstance(value, str):
        return not MARKED.isdisjoint(value)
    if depth > 6:
        return False
    if isinstance(value, dict):
        return any(is_marked(one, depth + 1) for pair in value.items() for one in pair)
    if isinstance(value, (list, tuple, set, frozenset)):
        return any(is_marked(one, depth + 1) for one in value)
    return False


def run(text):
    reached = set()
    visited = set()

    def sink(value):
        line = sys._getframe(1).f_lineno
        (reached if is_marked(value) else visited).add(line)

    module = types.ModuleType("marks")
    module.source = source
    module.sink = sink
    sys.modules["marks"] = module
    try:
        code = compile(text, "<program>", "exec")
    except (SyntaxError, ValueError, RecursionError):
        return ["invalid"]
    status = "ok"
    # Again and again: the first may be lost in a finalizer, which swallows exceptions.
    signal.setitimer(signal.ITIMER_REAL, 0.2, 0.05)
    global running
    try:
        running = True
        try:
            exec(code, {"__name__": "program", "__builtins__": __builtins__})
        finally:
            running = False
    except Timeout:
        running = False
        status = "invalid"
    except BaseException:
        running = False
        status = "raised"
    signal.setitimer(signal.ITIMER_REAL, 0)
    return [status, *sorted(reached), *(-line for line in sorted(visited - reached))]


def limit_memory():
    """A list that is extended by an iterator over itself grows within C code, where no alarm is heard."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    except (ImportError, OSError, ValueError):
        pass


def main():
    import warnings

    limit_memory()

    warnings.simplefilter("ignore")
    sys.setrecursionlimit(400)
    signal.signal(signal.SIGALRM, interrupt)
    stream = sys.stdin.buffer
    while line := stream.readline():
        text = stream.read(int(line)).decode()
        try:
            answer = run(text)
        except MemoryError:
            answer = ["invalid"]
        if answer[0] != "ok":
            gc.collect()
        print(*answer, flush=True)


main()
