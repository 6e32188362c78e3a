"""Functions that start processes of their own, and never end by themselves; some end at once."""

import multiprocessing
import os
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


def nap(n):
    time.sleep(600)


def pool_of(method):
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        list(pool.map(nap, [1, 2]))


def own_pool(n):
    pool_of(None)


def spawned_pool(n):
    pool_of("spawn")


def a_process(n):
    process = multiprocessing.Process(target=nap, args=(n,))
    process.start()
    process.join()


def program(n):
    subprocess.run(SLEEP, check=True)


def program_of_another_session(n):
    subprocess.run(SLEEP, check=True, start_new_session=True)


def pipeline(n):
    subprocess.run("sleep 600 | cat | sort", check=True, shell=True)


def forked_daemon(n):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(600)
        os._exit(0)
    time.sleep(600)


def one_after_another(n):
    while True:
        subprocess.Popen(["sleep", "600"] if os.name == "posix" else SLEEP)
        time.sleep(0.003)


def left_in_the_background(n):
    subprocess.Popen(SLEEP, start_new_session=True)
    return n


def left_with_an_empty_environment(n):
    return subprocess.Popen(SLEEP, start_new_session=True, env={}).pid


def left_by_a_shell(n):
    subprocess.run("sleep 600 & setsid sleep 600 > /dev/null 2>&1 &", check=True, shell=True)
    return n
