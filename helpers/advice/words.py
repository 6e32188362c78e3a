"""The words of a verdict: a template for each finding of ``reasons`` and of ``tries``."""

from ..judge.words import TEMPLATES

_REACHED = "{n} threads reached {rate:.2f} times the serial speed"
_BEST = "({best:named}: {best.speed_up:.2f} times its speed)"
_USE = (
    "Use {way.kind}: {way.n_workers} workers are {way.speed_up:.2f} times as fast as the plain "
    "loop{spread} on this machine"
)

HEADLINES = {
    "unsteady": "Refused: {name} does not give the same answers when it is called again.",
    "likely": (
        "Probably {way.kind}, but that is not measured: the budget of {budget_s:g} s is too short "
        "to run {name} side by side."
    ),
    "alone": "Stay with the plain loop for {name}: nothing else can do it as it is.",
    "alone, of these": "Stay with the plain loop for {name}: {kinds} cannot do it as it is.",
    "untried, too short": (
        "Stay with the plain loop for {name}: no other way could be compared in this budget of "
        "{budget_s:g} s."
    ),
    "untried": "Stay with the plain loop for {name}: no other way could be tried.",
    "disturbed": f"Stay with the plain loop for now: the machine is too busy to tell {_BEST}.",
    "too short": (
        "Do not bother: the plain loop is over in {total_s:seconds}, before workers have paid for "
        f"their start {_BEST}."
    ),
    "limited, one CPU": "On this machine nothing gains, because only one CPU is usable.",
    "limited, quota": "On this machine nothing gains, because a quota allows {quota:CPUs} of time.",
    "little": f"Stay with the plain loop: little is to be gained over it {_BEST}.",
    "nothing": f"Stay with the plain loop: nothing tried here beats it {_BEST}.",
    "whole": f"{_USE}: {{takes_s:seconds}} instead of {{total_s:seconds}}, start-up included.",
    "calls": f"{_USE}, once they are started.",
}

REASONS = {
    "unsteady": "Called again serially, with the same items: {said}.",
    "too large": "No further runs were made: {said}.",
    "close call": "{rival:Named} came close: {rival.speed_up:.2f} against {way.speed_up:.2f}.",
    "few rounds": "The budget of {budget_s:g} s was enough for {n_rounds:rounds}: give it more.",
    "long calls": (
        "One call takes {call_s:seconds}, and {n_calls:calls} fitted into the budget. Give it a "
        "larger budget, or smaller items, so that ways can be compared."
    ),
    "short budget": "The budget of {budget_s:g} s is over before ways are compared: give it more.",
    "too slow": "{kind:Capital} were not compared: {reason:no stop}.",
    "cache": (
        "{name} seems to keep its answers: at first a call took {first_s:seconds}, later "
        "{call_s:seconds}. What was compared are the later ones."
    ),
    "side effect": (
        "{name} changes {changed}. Threads all change the same thing, in any order; what a process "
        "changes is lost. Let it return what it finds."
    ),
    "side effect, in threads": (
        "{name} changes {changed}, and all threads change the same thing: an order of two calls "
        "may lose an update. That was not tried here: lab.is_safe({name}, ...) looks for one."
    ),
    "fills a cache": (
        "{name} also changes {filled}, which looks like a cache: each process fills one of its own."
        " If it is a result, let {name} return it, because what a process changes is lost."
    ),
    "not compared": (
        "Whether {name} changes {what} is not known: there is too much to compare in this budget. "
        "What a process changes there is lost."
    ),
    "no answers": "{name} returns None for every item: make sure that a process can do its work.",
    "refused": "{kind:Capital} are out: {reason:no stop}.",
    "one CPU": "Only {usable:CPUs} is usable here: no way of computing can be faster than a loop.",
    "quota": (
        "A quota allows {usable:CPUs} of time here: workers run side by side for a part of each "
        "period, and are then all stopped."
    ),
    "one CPU, and a part": (
        "Only {usable:CPUs} are usable here: no way of computing can be more than {usable:.2g} "
        "times as fast as a loop."
    ),
    "busy machine": (
        "Other programs keep the machine busy: a thread that never waits got {core_share:.2f} of a "
        "core. On a quiet machine it may look different."
    ),
    "busy machine, narrow": (
        "The machine had only {cores:.2f} cores for {n} threads that no GIL holds up: computing "
        "cannot gain more than that now."
    ),
    "waiting": (
        "{name} keeps only {busy:.2f} of a core busy: it waits, and waiting needs no core, so many "
        "calls can wait side by side."
    ),
    "waiting, not in threads": "{name} keeps only {busy:.2f} of a core busy: it waits.",
    "waiting in part": (
        "{name} keeps {busy:.2f} of a core busy and waits for the rest of the time: other calls "
        "can run meanwhile."
    ),
    "own threads": (
        "{name} alone keeps {busy:.1f} cores busy: a library in it has threads of its own, and "
        "more workers would only share the same cores."
    ),
    "more than the cores": (
        "{way.n_workers} {way.kind} reached {way.rate:.2f} times the serial speed, more than their "
        "cores can explain. Often it is memory: a worker keeps what the main thread gives back to "
        "the system after each call."
    ),
    "lock, instants": f"{{name}} releases the GIL, but for instants: {_REACHED}.",
    "lock, held": f"{{name}} holds the GIL for {{held:per cent}} of a call, so {_REACHED}.",
    "lock, in part": f"A part of each call, {{held:per cent}}, holds the GIL: {_REACHED}.",
    "lock, slower": f"Threads get in each other's way: {_REACHED}.",
    "lock, turns": f"Threads take turns: {_REACHED}.",
    "no lock": f"{{name}} releases the GIL, all but {{held:per cent}} of a call: {_REACHED}.",
    "memory bandwidth": (
        "A call computes {longer:.2f} times as long beside others: they share the memory and its "
        "caches, and that limits any kind of worker."
    ),
    "too few items, one": "There is one item: nothing can be shared among workers.",
    "too few items": (
        "There are {n_items} items for {n} workers: if all take as long, {most:.2f} times the "
        "serial speed is the end."
    ),
    "one slow item": (
        "One item takes {slowest_s:seconds} of {total_s:seconds}: however many workers there are, "
        "{most:.2f} times is the end."
    ),
    "copying": (
        "For each item {out:bytes} are sent and {back:bytes} come back: {share:.2f} s of copying "
        "for each second of the job."
    ),
    "carrying": (
        "{name} takes {n_bytes:bytes} along with each of {n} messages, above all {what}: "
        "{share:.2f} s of copying for each second of the job."
    ),
    "start-up": "Starting {way.n_workers} {way.kind} takes {way.start_s:seconds}.",
    "start-up, pays": (
        "Starting {way.n_workers} {way.kind} takes {way.start_s:seconds}, so they pay from a job "
        "of {pays_s:seconds} on."
    ),
}
REASONS["incomparable"] = TEMPLATES["incomparable"]
REASONS["start"], REASONS["start, pays"] = REASONS["start-up"], REASONS["start-up, pays"]

TRIES = {
    "chance": (
        "a generator of its own in each call, {generator}, with a seed from the item: {name} uses "
        "{chance}, and the same seed gives the same answer."
    ),
    "chance, clock": "leave the time out of the answer: {name} uses {chance}.",
    "chance, no seed": "leave out of the answer what {chance} gives: it is never the same again.",
    "same": (
        "same=, a function of two answers that says whether they count as the same (-s in a magic, "
        "--same in a terminal)."
    ),
    "nothing": "nothing at all: the plain loop is over in {total_s:seconds}.",
    "asyncio": "for hundreds of waits at once, asyncio.",
    "asyncio, more threads": "more threads than CPUs; for hundreds of waits at once, asyncio.",
    "vectorise": "one NumPy expression over all items (vectorise): its loop runs in C.",
    "cache": "nothing but the cache: what is known already costs nothing.",
    "return less": "return less from each call: a count, a summary, or the name of a file.",
    "send less": "send less with each item: a file name or a range instead of the data itself.",
    "carry less": (
        "let each worker load what {name} takes along once (initializer=), or send a file name."
    ),
    "larger chunks": "larger chunks, chunksize={size}: a message costs more than such a call.",
    "what is shared": (
        "lab.what_is_shared({name}{items}): without a GIL threads gain less here than the cores "
        "give, and it names the object that holds them up, if one does."
    ),
    "cut the slow item": "cut the slow item into smaller ones.",
    "start once": "start the workers once, and use them for several jobs.",
    "own threads": "let the library use its own threads, and keep the plain loop.",
}

# What a model gives for more free cores: the headline's second half, and a sentence of its own.
WITH_CORES = {
    "gains": "With {n} free cores: {way:named}, about {way.speed_up:.1f} times as fast (a model)",
    "nothing": "With {n} free cores the plain loop would stay the best, by a model",
    "more": "By a model, {told}.",
    "more, gains": "with {n} free cores {way.kind} are about {way.speed_up:.1f} times as fast",
    "more, nothing": "with {n} free cores the plain loop stays the best",
}

# Which Python: the advice, and a line on single ones.
_MOVE = "{python} with {way:in words} is {gain:.1f} times as fast as anything here"
PYTHONS = {
    "move, loop": f"{_MOVE}.",
    "move, costs": f"{_MOVE}, and costs {{cost:per cent}} alone.",
    "move, faster": f"{_MOVE}, and {{alone:.2f}} times as fast alone.",
    "move, as fast": f"{_MOVE}, and costs nothing alone.",
    "stay": (
        "Stay with this Python: of {n:others}, none is clearly faster ({python} with "
        "{way:in words}: {gain:.2f} times the best here)."
    ),
    "stay, one core": (
        "Stay with this Python: of {n:others}, none is clearly faster ({python} with "
        "{way:in words}: {gain:.2f} times the best here). Only plain loops were compared, because "
        "one core is free."
    ),
    "stay, too short": "Stay with this Python: the job is over in a moment.",
    "busy": "Whether another Python is faster cannot be told while the machine is so busy: stay.",
    "refused": "Stay with this Python: no other one that was tried can do it.",
    "none": (
        "There is no other Python here to compare: install one, or name it in the variable "
        "GIL_LAB_PYTHONS."
    ),
    "not sent": "Other Pythons were not asked: {reason:no stop}.",
    "left out": "{reason:no stop}.",
    "jit": "{python}: set PYTHON_JIT=1 in the environment before Python starts.",
    "turned on": (
        "{python}: importing {modules} turned the GIL on, so it has one like any other. Look for a "
        "newer release of that package."
    ),
    "not known": "{python}: whether its answers are the same is not known: {said:no stop}.",
    "kind left out": "{python}: {kind} are out: {reason:no stop}.",
}
