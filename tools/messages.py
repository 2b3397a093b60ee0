#!/usr/bin/env python3
"""Writes docs/messages.md: every text that the programs show, in English and German.

messages.py [SOURCE_ROOT]: from src/base/error.cpp, the calls of text() and tr(), and src/cli/po.
tests/catalogue fails where the page is older than its sources.
"""
import ast
import pathlib
import re
import sys

LITERALS = r'((?:"(?:[^"\\]|\\.)*"\s*)+)'
FOLDERS = ("src/cli", "tools/xppkg-delta", "tools/xppkg-release")
PAGE = "docs/messages.md"

HEAD = """# Messages

Written by `python3 tools/messages.py`; a test fails where it is older than the code. German is spoken with `--lang de`, or where the environment says so (`LANG`). `{}` stands for a value.

## Errors

An error is shown as its sentence, its id in brackets, the facts, and the next step. Programs read the id and the exit status; sentences may change. In the next step the programs print the real
folder instead of `DIR` and `REPO`. Where the facts allow a more precise sentence, that one is shown; it is below among the [other texts](#other-texts).
"""


def joined(literals):
    return "".join(ast.literal_eval(part) for part in re.findall(r'"(?:[^"\\]|\\.)*"', literals))


def errors(root):
    """Rows (id, exit status, text, next step) of the table in base/error.cpp."""
    table = (root / "src/base/error.cpp").read_text(encoding="utf-8")
    row = (r'CodeInfo\{\s*Code::\w+,\s*"([^"]*)",\s*(\d+),\s*(?:true|false),\s*Category::\w+,\s*'
           + LITERALS
           + r",\s*" + LITERALS)
    return [(match[1], match[2], joined(match[3]), joined(match[4]))
            for match in re.finditer(row, table)]


def code_files(root, folders=FOLDERS):
    for folder in folders:
        for path in sorted((root / folder).rglob("*.cpp")):
            yield path, path.read_text(encoding="utf-8")


def texts_in(code):
    found = [joined(match[1])
             for match in re.finditer(r"\b(?:text|tr)\(\s*" + LITERALS, code)]
    # text(condition ? "a" : "b")
    for match in re.finditer(r"\btext\([^\"()]*\?\s*" + LITERALS + r":\s*" + LITERALS, code):
        found += [joined(match[1]), joined(match[2])]
    return found


def texts(root):
    """All texts that need a German one: those of the programs, then those of the errors."""
    found = [text for _, code in code_files(root) for text in texts_in(code)]
    for _, _, text, step in errors(root):
        found += [text, step]
    return list(dict.fromkeys(found))


def notices(root):
    """Pairs (id, text) of the notices that an update gives."""
    code = (root / "src/cli/console.cpp").read_text(encoding="utf-8")
    found = []
    for match in re.finditer(r'notice\.id == "([\w.-]+)"(.*?)(?=notice\.id ==|fmt::format)', code,
                             re.S):
        found += [(match[1], text) for text in texts_in(match[2])]
    return found


def translations(root, name="de.po"):
    pairs, current, entry = {}, None, {}
    for line in (root / "src/cli/po" / name).read_text(encoding="utf-8").splitlines():
        match = re.match(r'(?:(msgid|msgstr) )?(".*")$', line.strip())
        if not match:
            continue
        if match[1] == "msgid":
            entry = {}
        current = match[1] or current
        entry[current] = entry.get(current, "") + ast.literal_eval(match[2])
        if current == "msgstr":
            pairs[entry["msgid"]] = entry["msgstr"]
    pairs.pop("", None)
    return pairs


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    for row in rows:
        cells = [re.sub(r"([|<>*_\[\]])", r"\\\1", cell.strip()) for cell in row]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def page(root):
    german = translations(root)
    told = errors(root)
    parts = [HEAD, table(("id", "exit status", "English", "German", "next step", "next step (German)"),
                         [(name, status, text, german[text], step, german[step])
                          for name, status, text, step in told])]
    given = notices(root)
    parts += ["## Notices\n", "An update goes on after a notice. With `--json` and `--progress json` it has an id.\n",
              table(("id", "English", "German"), [(name, text, german[text]) for name, text in given])]
    named = {text for row in told for text in row[2:]} | {text for _, text in given}
    others = [text for text in texts(root) if text not in named]
    parts += ["## Other texts\n", table(("English", "German"), [(text, german[text]) for text in others])]
    parts += ["## Facts and reasons\n",
              "Below an error stand its facts. Their names, and the reasons and causes that are ours, are translated for people; JSON has the English ones.\n",
              table(("English", "German"), translations(root, "de-facts.po").items())]
    return "\n".join(parts)


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    (root / PAGE).write_text(page(root), encoding="utf-8")


if __name__ == "__main__":
    main()
