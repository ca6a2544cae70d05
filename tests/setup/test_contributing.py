"""CONTRIBUTING.md lists the files of each addition: what exists already is in the listed files, and in no others.

For each section, examples are searched in the code without its comments. A file that contains one must match a path in backticks
in the section (`NAME` stands for any name, a folder for its files), and each path must match a file that contains one of them.
"""
import fnmatch
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCES = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "kernel", "mnist", "plots"], cwd=ROOT, capture_output=True,
                         text=True).stdout.splitlines()
COMMENTS = re.compile(r'/\*.*?\*/|("(?:\\.|[^"\\\n])*")', re.DOTALL)
PATH = re.compile(r"`((?:kernel|mnist|plots)/[\w./*-]*)`")

# section: the names of existing additions, as regular expressions of whole words
EXAMPLES = {
    "a command": [r"(?:COMMAND_)?EXPLORE_PCA|run_explore_pca"],
    "a layer": [r"layer_gelu|gelu|GELU|vec_gelu|native_gelu|gelu_kernels",
                r"layer_groupnorm|groupnorm|GROUPNORM|native_stage_groupnorm|native_group_\w+|group_moments|group_apply|group_backward"],
    "a plot": [r"plot_explained|explained\.gp|\$explained", r"plot_confusion|confusion\.gp"],
    "a function for C cells": [r"mnist_below", r"mnist_activations", r"plugins_add_layer"],
    "a protocol message": [r"is_complete_request", r"interrupt_request", r"struct shell_requests"],
}
# Pages that mention an addition.
USERS = {
    "a command": ["mnist/language/REFERENCE.md"],
    "a layer": ["mnist/language/REFERENCE.md", "mnist/nn/native/README.md"],
}


def section(title):
    text = (ROOT / "CONTRIBUTING.md").read_text()
    found = re.search(rf"^## Adding {title}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f'CONTRIBUTING.md has no section "Adding {title}"'
    return found.group(1)


def code_of(name):
    text = (ROOT / name).read_text(errors="replace")
    if name.endswith((".c", ".h", ".def")):
        text = COMMENTS.sub(lambda match: match.group(1) or " ", text)
    return text


def matches(name, path):
    pattern = path.replace("NAME", "*")
    return fnmatch.fnmatch(name, pattern + "*" if path.endswith("/") else pattern)


@pytest.mark.parametrize("title", EXAMPLES)
def test_the_list_is_complete(title):
    paths = PATH.findall(section(title))
    words = re.compile("|".join(rf"(?<!\w)(?:{example})(?!\w)" for example in EXAMPLES[title]))
    files = [name for name in SOURCES if not name.endswith((".png", ".svg")) and words.search(code_of(name) + "\n" + name)]
    files = [name for name in files if not any(fnmatch.fnmatch(name, user) for user in USERS.get(title, []))]
    assert [name for name in files if not any(matches(name, path) for path in paths)] == [], "files that the section does not list"
    assert [path for path in paths if not any(matches(name, path) for name in files)] == [], "paths without an example"
