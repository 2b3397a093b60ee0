#!/usr/bin/env python3
"""Turns a .po catalogue into a C++ table: embed.py LANGUAGE IN.po OUT.cpp"""
import ast
import sys


def entries(lines):
    """Yields (msgid, msgstr); text in adjacent quotes is joined, as gettext does."""
    texts, current = {}, None
    for number, line in enumerate(lines, 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        for keyword in ("msgid", "msgstr"):
            if line.startswith(keyword + " "):
                if keyword == "msgid" and texts:
                    yield texts
                    texts = {}
                current, line = keyword, line[len(keyword):].strip()
                texts[current] = ""
        if current is None or not line.startswith('"'):
            sys.exit(f"line {number}: not understood: {line}")
        texts[current] += ast.literal_eval(line)
    if texts:
        yield texts


def quoted(text):
    out = ""
    for byte in text.encode():
        out += chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\?' else f"\\{byte:03o}"
    return f'"{out}"'


def main():
    language, source, target = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        pairs = [(t["msgid"], t["msgstr"]) for t in entries(file) if t["msgid"] and t["msgstr"]]
    if len({english for english, _ in pairs}) != len(pairs):
        sys.exit("a text is translated twice")
    rows = "".join(f"    {{{quoted(a)}, {quoted(b)}}},\n" for a, b in pairs)
    with open(target, "w", encoding="utf-8") as file:
        file.write(
            '#include "catalogue.hpp"\n\n#include <array>\n\nnamespace xppkg::cli {\n'
            "namespace {\n\nusing Row = std::pair<std::string_view, std::string_view>;\n"
            f"constexpr std::array<Row, {len(pairs)}> kRows{{{{\n{rows}}}}};\n\n}}  // namespace\n\n"
            f"std::span<const Row> catalogue_{language}() {{ return kRows; }}\n\n"
            "}  // namespace xppkg::cli\n")


main()
