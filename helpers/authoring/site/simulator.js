// The simulator of the GIL in a browser: the rules of helpers/turns/simulator.py, which explains
// them, step by step the same. tests/unit/turns/cases.json holds runs that both must agree on to
// the nanosecond. Besides, this one notes for what each thread waits, and who held the lock when.
"use strict";

const gilLab = (() => {
  const MAX_STEPS = 300_000;
  const SLICE_NS = 4_000_000; // how long a thread keeps its core when others want it
  const NS = 1e9;
  const NEEDS_LOCK = { python: true, "c-hold": true, released: false, wait: false };
  const [ENDS, REQUEST, SLICE] = [0, 1, 2]; // at one moment, what ends comes first

  /** Input that breaks a rule; its message is one line for the reader. */
  class Refused extends Error {}

  /** Return whole nanoseconds, rounded as Python's round does: halves to the even neighbour. */
  function ns(seconds) {
    const exact = seconds * NS;
    const rounded = Math.round(exact);
    return rounded - exact === 0.5 && rounded % 2 ? rounded - 1 : rounded;
  }

  /** A queue of events, the earliest first: a binary heap of [when, rank, number, ...]. */
  class Events {
    constructor() {
      this.heap = [];
    }

    get size() {
      return this.heap.length;
    }

    static before(a, b) {
      return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
    }

    push(event) {
      const { heap } = this;
      let place = heap.length;
      while (place > 0) {
        const above = (place - 1) >> 1;
        if (Events.before(heap[above], event) <= 0) break;
        heap[place] = heap[above];
        place = above;
      }
      heap[place] = event;
    }

    pop() {
      const { heap } = this;
      const first = heap[0];
      const last = heap.pop();
      const size = heap.length;
      if (!size) return first;
      let place = 0;
      for (let below = 1; below < size; below = 2 * place + 1) {
        if (below + 1 < size && Events.before(heap[below + 1], heap[below]) < 0) below++;
        if (Events.before(last, heap[below]) <= 0) break;
        heap[place] = heap[below];
        place = below;
      }
      heap[place] = last;
      return first;
    }
  }

  class Thread {
    constructor(number, segments) {
      this.number = number;
      this.kinds = segments.map(([kind]) => kind);
      this.lengths = segments.map(([, seconds]) => ns(seconds));
      this.index = 0;
      this.left = this.lengths[0]; // of the present segment
      this.since = 0; // when the present span began
      this.version = 0; // events made for an older one are void
      this.armed = this.seen = 0; // when its sleep for the lock began, and nSwitches then
      this.wants = null; // what it waits for: "gil", "core" or "taker"
      this.wantsSince = 0;
    }
  }

  class Engine {
    constructor(threads, nCores, interval, gil) {
      this.threads = threads.map((segments, i) => new Thread(i + 1, segments));
      Object.assign(this, { nCores, interval, gil });
      this.now = this.wall = this.nSteps = 0; // wall: the latest end of a segment
      this.events = new Events();
      this.spans = [];
      this.pauses = []; // stretches in which a thread could not go on, and why
      this.holds = []; // who held the lock when
      // cores
      this.ready = []; // threads that need a core
      this.running = new Map(); // threads on a core, the longest there first -> since when
      this.slicePlanned = false;
      // the lock
      this.holder = this.lastHolder = null;
      this.sleepers = []; // threads that want the lock, the longest there first
      this.giver = null; // the thread that handed over on request, and waits for a taker
      this.requested = false;
      this.requestAt = Infinity;
      this.requestVersion = 0;
      this.nSwitches = this.switchedAt = 0;
      this.takenAt = this.held = 0;
    }

    run() {
      for (const thread of this.threads) {
        this.proceed(thread);
        this.fillCores();
      }
      while (this.events.size) {
        const [when, , , action, thread, version] = this.events.pop();
        this.now = when;
        action.call(this, thread, version);
        this.fillCores();
      }
    }

    plan(when, rank, action, thread = null, version = 0) {
      this.nSteps += 1;
      if (this.nSteps > MAX_STEPS) {
        throw new Refused(
          `a simulation takes at most ${MAX_STEPS.toLocaleString("en")} steps, and this one came ` +
            `to ${Number((this.now / 1e6).toPrecision(3))} ms in as many: give the threads less to ` +
            "do, or a longer switch interval"
        );
      }
      this.events.push([when, rank, this.nSteps, action, thread, version]);
    }

    // a thread's course

    proceed(thread) {
      if (thread.index === thread.kinds.length) {
        if (this.holder === thread) this.freeLock(thread);
        this.leaveCore(thread);
        return;
      }
      const kind = thread.kinds[thread.index];
      if (NEEDS_LOCK[kind] && this.gil) {
        this.proceedWithLock(thread, kind);
      } else if (this.holder === thread && this.freeLock(thread)) {
        // somebody has to take the lock before it goes on
      } else if (kind === "wait") {
        this.leaveCore(thread);
        this.start(thread);
      } else if (this.running.has(thread)) {
        this.start(thread);
      } else {
        this.lineUp(thread);
      }
    }

    proceedWithLock(thread, kind) {
      const atItsBegin = thread.left === thread.lengths[thread.index];
      if (this.holder !== null && this.holder !== thread) {
        this.leaveCore(thread);
        this.sleep(thread);
      } else if (!this.running.has(thread)) {
        this.lineUp(thread);
      } else if (this.holder === null) {
        this.takeLock(thread);
        this.start(thread);
      } else if (this.requested && (kind === "python" || atItsBegin)) {
        this.freeLock(thread);
      } else {
        this.start(thread);
      }
    }

    start(thread) {
      this.want(thread, null);
      thread.since = this.now;
      this.plan(this.now + thread.left, ENDS, this.end, thread, thread.version);
    }

    /** Note what the thread has done of its segment; the planned end is void. */
    stop(thread) {
      this.note(thread);
      thread.left -= this.now - thread.since;
      thread.version += 1;
    }

    end(thread, version) {
      if (version !== thread.version) return;
      this.note(thread);
      this.wall = this.now;
      thread.index += 1;
      if (thread.index < thread.lengths.length) thread.left = thread.lengths[thread.index];
      this.proceed(thread);
    }

    note(thread) {
      if (this.now > thread.since) {
        const label = thread.kinds[thread.index];
        this.spans.push({ thread: thread.number, start: thread.since, stop: this.now, label });
      }
    }

    /** Note that the thread now waits for something else, or with null for nothing. */
    want(thread, what) {
      if (thread.wants !== null && this.now > thread.wantsSince) {
        const { number, wants, wantsSince } = thread;
        this.pauses.push({ thread: number, start: wantsSince, stop: this.now, label: wants });
      }
      thread.wants = what;
      thread.wantsSince = this.now;
    }

    // cores

    lineUp(thread) {
      this.want(thread, "core");
      this.ready.push(thread);
    }

    fillCores() {
      while (this.ready.length && this.running.size < this.nCores) {
        const thread = this.ready.shift();
        this.occupyCore(thread);
        this.proceed(thread);
      }
      if (this.ready.length && !this.slicePlanned) {
        const longestSince = this.running.values().next().value;
        this.plan(Math.max(this.now, longestSince + SLICE_NS), SLICE, this.endSlice);
        this.slicePlanned = true;
      }
    }

    occupyCore(thread) {
      this.leaveCore(thread);
      this.running.set(thread, this.now);
    }

    leaveCore(thread) {
      this.running.delete(thread);
    }

    endSlice() {
      this.slicePlanned = false;
      const overdue = [...this.running]
        .filter(([, since]) => since + SLICE_NS <= this.now)
        .map(([thread]) => thread);
      const nReady = this.ready.length;
      for (const thread of overdue.slice(0, nReady)) {
        this.stop(thread);
        this.leaveCore(thread);
        this.lineUp(thread);
      }
      // Nobody needs the cores of the others: a new slice.
      for (const thread of overdue.slice(nReady)) this.occupyCore(thread);
    }

    // the lock

    takeLock(thread) {
      this.holder = thread;
      this.takenAt = this.now;
      this.requested = false;
      if (this.lastHolder !== thread) {
        this.lastHolder = thread;
        this.switchedAt = this.now;
        this.nSwitches += 1;
      }
      this.planNextRequest();
      const giver = this.giver;
      this.giver = null;
      if (giver !== null) this.proceed(giver);
    }

    /** Free the lock, wake a sleeper, and return whether the thread waits for a taker. */
    freeLock(thread) {
      if (this.now > this.takenAt) {
        this.holds.push({ thread: thread.number, start: this.takenAt, stop: this.now });
      }
      this.holder = null;
      this.held += this.now - this.takenAt;
      this.requestAt = Infinity;
      this.requestVersion += 1;
      const mustWait = this.requested;
      this.requested = false;
      if (mustWait) {
        this.giver = thread;
        this.want(thread, "taker");
        this.leaveCore(thread);
      }
      if (this.sleepers.length) this.lineUp(this.sleepers.shift());
      return mustWait;
    }

    sleep(thread) {
      this.want(thread, "gil");
      thread.armed = this.now;
      thread.seen = this.nSwitches;
      this.sleepers.push(thread);
      if (this.now + this.interval < this.requestAt) this.planRequest(this.now + this.interval);
    }

    /** Return when the sleeper asks for the lock, if it does not change hands before. */
    nextRequest(sleeper) {
      const { interval } = this;
      let remembered = sleeper.armed;
      if (sleeper.seen !== this.nSwitches) {
        const nIntervals = -Math.floor((remembered - this.switchedAt) / interval); // rounded up
        remembered += Math.max(1, nIntervals) * interval;
      }
      const passed = Math.floor((this.now - remembered) / interval) + 1;
      return remembered + Math.max(1, passed) * interval;
    }

    /** Plan the earliest request of any sleeper, once the lock has been taken. */
    planNextRequest() {
      const earliest = this.switchedAt === this.now ? this.now + this.interval : this.now;
      let first = Infinity;
      for (const sleeper of this.sleepers) {
        this.nSteps += 1;
        first = Math.min(first, this.nextRequest(sleeper));
        if (first === earliest) break;
      }
      if (this.sleepers.length) this.planRequest(first);
    }

    planRequest(when) {
      this.requestAt = when;
      this.requestVersion += 1;
      this.plan(when, REQUEST, this.request, null, this.requestVersion);
    }

    request(_, version) {
      if (version !== this.requestVersion) return;
      this.requested = true;
      this.requestAt = Infinity;
      const holder = this.holder;
      if (this.running.has(holder) && holder.kinds[holder.index] === "python") {
        this.stop(holder);
        this.freeLock(holder);
      }
    }
  }

  function number(what, value, low, high, remedy) {
    if (typeof value === "number" && value >= low && value <= high) return;
    const most = high.toLocaleString("en");
    throw new Refused(`${what} must be from ${low} to ${most}: got ${value}; ${remedy}`);
  }

  function check({ threads, n_cores, switch_interval_s }) {
    if (!Array.isArray(threads) || !threads.length) {
      throw new Refused("threads must be a list with 1 thread or more: add one");
    }
    for (const thread of threads) {
      if (!Array.isArray(thread) || !thread.length) {
        throw new Refused('a thread must be a list with 1 step or more: try [["python", 0.02]]');
      }
      for (const [kind, seconds] of thread) {
        if (!Object.hasOwn(NEEDS_LOCK, kind)) {
          const known = Object.keys(NEEDS_LOCK).join(", ");
          throw new Refused(`a step is one of ${known}: got ${kind}; try python`);
        }
        number(`the seconds of ${kind}`, seconds, 1e-9, 1e6, "0.1 is 100 ms");
      }
    }
    if (!Number.isInteger(n_cores)) {
      throw new Refused(`the cores must be a whole number: got ${n_cores}; try 2`);
    }
    number("the cores", n_cores, 1, MAX_STEPS, "try 2");
    number("the switch interval", switch_interval_s, 1e-6, 1000, "Python's own is 0.005 s");
  }

  /**
   * Return what threads do that all start at 0; all times of the answer are in nanoseconds.
   *
   * threads: each a list of [kind, seconds]; n_cores: cores that they share; switch_interval_s:
   * as of sys.setswitchinterval; gil: false where no step needs the lock. Throws Refused.
   */
  function simulate({ threads, n_cores, switch_interval_s = 0.005, gil = true }) {
    check({ threads, n_cores, switch_interval_s });
    const engine = new Engine(threads, n_cores, ns(switch_interval_s), gil);
    engine.run();
    const byStart = (a, b) => a.start - b.start;
    return {
      spans: engine.spans.sort(byStart),
      pauses: engine.pauses.sort(byStart),
      holds: engine.holds,
      wall: engine.wall,
      serial: engine.threads.reduce((sum, { lengths }) => lengths.reduce((a, b) => a + b, sum), 0),
      held: engine.held,
      handOvers: Math.max(0, engine.nSwitches - 1), // the first to take it got it from nobody
    };
  }

  return { simulate, Refused };
})();
