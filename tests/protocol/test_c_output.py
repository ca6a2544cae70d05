"""test_c_output - a cell that prints without end: its text is truncated, a line reports that, and
all other outputs work.

The limit is defined in kernel/front/output_quota.h; it is the same for commands and C cells.
"""
import pathlib
import re
import time

import pytest
from conftest import good, run, text_of, types, value, wait_until

LIMIT = 1024 * 1024
FLOOD = """%%c
#include <string.h>
#include <unistd.h>
#include <stdio.h>
#include <stdlib.h>
void flood(FILE *file, long size)
{
    char line[100];
    memset(line, 'x', 99);
    line[99] = '\\n';
    for (; size > 0; size -= 100) fwrite(line, 1, 100, file);
}
"""


def memory_kib(pid, what="VmHWM"):
    """The most that the process has had in memory so far."""
    return int(re.search(rf"{what}:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1])


@pytest.fixture
def flood(c):
    good(c, FLOOD)
    return c


def left_out(messages):
    """What the line says, in MiB; the line is the last text of its kind, and there is only one."""
    pattern = r"^\.\.\. ([\d.]+) MiB of output were omitted: a cell shows at most 1 MiB"
    found = re.findall(pattern, text_of(messages, "stderr"), re.M)
    assert len(found) == 1, text_of(messages, "stderr")[-500:]
    return float(found[0])


def test_100_mb_are_truncated_and_reported(flood):
    good(flood, '%%c\nprintf("%d\\n", 1);')
    front, session = memory_kib(flood.pid), memory_kib(flood.session_pid())
    began = time.monotonic()
    messages = good(flood, '%%c\nflood(stdout, 100 * 1000 * 1000);\nfflush(stdout); fputs("last\\n", stderr);\n6 * 7')
    print(f"100 MB took {time.monotonic() - began:.1f} s; memory of the front {front} -> {memory_kib(flood.pid)} KiB")
    shown = len(text_of(messages))
    assert LIMIT * 0.9 < shown <= LIMIT
    assert abs(left_out(messages) - (100e6 - shown) / LIMIT) < 0.1
    assert types(messages)[-2:] == ["execute_result", "stream"], "the value is there, and the line ends it all"
    assert memory_kib(flood.pid) < front + 8 * 1024 and memory_kib(flood.session_pid()) < session + 8 * 1024
    assert text_of(good(flood, '%%c\nprintf("as ever\\n");')) == "as ever\n", "the next cell may print again"


def test_both_streams_share_the_limit_and_other_outputs_are_shown(flood):
    messages = good(flood, """%%c
#include <mnist.h>
flood(stdout, 2000000);
mnist_table("a | b");
mnist_row("%d | %s", 1, "two");
mnist_table_end();
flood(stderr, 3000000);
mnist_markdown("**bold**");
5""")
    assert [t for t in types(messages) if t != "stream"] == ["display_data", "display_data", "execute_result"]
    assert len(text_of(messages)) + len(text_of(messages, "stderr")) < LIMIT + 1000
    assert 3.7 < left_out(messages) < 4


def test_the_error_is_shown_after_truncated_output(flood):
    content, messages = run(flood, "%%c\nflood(stdout, 5000000);\nfflush(stdout);\n*(volatile int *)0 = 1;")
    assert content["ename"] == "SIGSEGV" and types(messages)[-1] == "error" and 3.7 < left_out(messages) < 4
    assert value(flood, "%%c\ncounter") == "3"


def test_endless_output_is_interrupted(flood):
    message_id = flood.client.execute('%%c\nprintf("begun\\n");\nfor (;;) flood(stdout, 1000000);')
    flood.wait_output("begun")
    time.sleep(1)
    began = time.monotonic()
    flood.interrupt()
    reply, messages = flood.finish(message_id)
    assert reply["content"]["ename"] == "KeyboardInterrupt" and time.monotonic() - began < 1
    assert left_out(messages) > 1 and types(messages)[-2:] == ["error", "status"]
    assert value(flood, "%%c\ncounter") == "3"


def test_requests_are_answered_during_endless_output(flood):
    message_id = flood.client.execute('%%c\nprintf("begun\\n");\nfor (;;) flood(stdout, 1000000);')
    flood.wait_output("begun")
    for _ in range(10):
        began = time.monotonic()
        flood.reply(flood.client.kernel_info(), timeout_s=2)
        assert time.monotonic() - began < 0.5
    flood.interrupt()
    flood.reply(message_id)


def test_messages_of_the_session_are_shown_after_truncated_output(flood):
    messages = good(flood, """%%c
#include <pthread.h>
void *babble(void *u) { for (;;) flood(stderr, 10000); return u; }
pthread_t thread;
pthread_create(&thread, 0, babble, 0);
usleep(300000);""")
    assert "1 thread is still running" in text_of(messages, "stderr")
    assert text_of(messages, "stderr").endswith("(write to a file instead)\n")


def test_truncation_does_not_split_characters(c):
    messages = good(c, '%%c\nfor (int i = 0; i < 700000; i++) fputs("ä€", stdout);')
    assert set(text_of(messages)) == {"ä", "€"} and left_out(messages) > 2


def test_late_text_belongs_to_the_last_cell(flood, tmp_path):
    """The text of a process in a session of its own is limited, too, and the omitted part is reported before the next
    cell."""
    done = tmp_path / "done"
    good(flood, "%%c\n#include <sys/wait.h>\n"
                "if (fork() == 0) { setsid(); if (fork() == 0) { usleep(200000); flood(stderr, 5000000); "
                f'fclose(fopen("{done}", "w")); _exit(0); }} _exit(0); }}\nwait(0);')
    wait_until(done.exists, 20)
    time.sleep(0.5)  # the rest of the text is in the pipe
    message_id = flood.client.execute("6 * 7")
    flood.reply(message_id)
    late = []
    while not late or late[-1]["parent_header"].get("msg_id") != message_id:
        late.append(flood.client.get_iopub_msg(timeout=5))
    assert 3.7 < left_out(late) < 4

