"""The pages of the project name files that exist: every relative link, and every file in backticks, in each .md file.

A file in backticks may be given from the project's root, from the page's folder, or by its last components. `*` stands
for any name. """
import fnmatch
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TRACKED = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True,
                         text=True).stdout.splitlines()
PAGES = [name for name in TRACKED if name.endswith(".md")]
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
FILE = re.compile(r"`([\w./*-]+\.(?:c|h|\[ch\]|py|def|mk|txt|md|gp))`")
EXAMPLES = re.compile(r"NAME|my\.h")  # names that stand for a file of the reader


def exists(page, name):
    if (ROOT / name).exists() or (ROOT / page).parent.joinpath(name).exists():
        return True
    patterns = [name.replace("[ch]", kind) for kind in ("c", "h")] if "[ch]" in name else [name]
    return all(
        any(fnmatch.fnmatch(file, pattern) or fnmatch.fnmatch(file, f"*/{pattern}") for file in TRACKED)
        for pattern in patterns)


@pytest.mark.parametrize("page", PAGES)
def test_links_and_files(page):
    text = (ROOT / page).read_text()
    links = [link for link in LINK.findall(text) if not re.match(r"\w+:", link)]
    missing = [link for link in links if not (ROOT / page).parent.joinpath(link).exists()]
    missing += [name for name in FILE.findall(text) if not EXAMPLES.search(name) and not exists(page, name)]
    assert missing == []
