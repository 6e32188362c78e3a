"""Races that people reported for well-known programs, each rebuilt as small as it can be."""

import collections
import queue
import threading
import time

from tests.unit.safety.corpus import Case

# urllib3, pull request 204: both threads find no pool, and one uses the pool that the other closed.


class Pool:
    def __init__(self):
        self.is_open = True


class PoolManager:
    def __init__(self):
        self.pools = {}

    def put(self, key, pool):
        old = self.pools.get(key)
        if old is not None:
            old.is_open = False
        self.pools[key] = pool

    def request(self, key):
        pool = self.pools.get(key)
        if pool is None:
            pool = Pool()
            self.put(key, pool)
        if not pool.is_open:
            raise ConnectionError("the pool is closed")
        return "answer"


def urllib3_pools(manager):
    return manager.request("host")


# botocore, issue 1246 and pull request 2985: KeyError: 'credential_provider'.


class Components:
    def __init__(self):
        self.deferred = {"credentials": lambda: "secret"}
        self.ready = {}

    def get(self, name):
        if name in self.deferred:
            self.ready[name] = self.deferred[name]()
            del self.deferred[name]
        return self.ready[name]


def botocore_components(components):
    return components.get("credentials")


# Jinja, issue 8: the least recently used cache moves a key without its lock.


class LeastRecent:
    def __init__(self):
        self.values, self.order = {"a": 1, "b": 2}, ["a", "b"]
        self.lock = threading.Lock()

    def get(self, key):
        value = self.values[key]
        if self.order[-1] != key:
            self.order.remove(key)
            self.order.append(key)
        return value

    def put(self, key, value):
        with self.lock:
            if key in self.values:
                self.order.remove(key)
            self.order.append(key)
            self.values[key] = value


def jinja_cache(cache, way):
    return cache.get("a") if way == "get" else cache.put("a", 3)


# ldappool, issue 10: the size is looked at first, and a connection is added later.


class Connections:
    def __init__(self):
        self.most, self.pool = 1, []

    def connect(self):
        if len(self.pool) >= self.most:
            return "full"
        connection = object()
        self.pool.append(connection)
        return "connected"


def ldappool_size(connections):
    return connections.connect()


# cqlengine, pull request 155: a queue is not empty, and then it is.


def one_connection():
    waiting = queue.Queue()
    waiting.put("connection")
    return waiting


def cqlengine_pool(waiting):
    if waiting.empty():
        return "a new one"
    return waiting.get(block=False)


# python-dependency-injector, pull request 322: a reset comes in before the singleton is returned.


class Provider:
    def __init__(self):
        self.lock, self.made = threading.RLock(), None

    def provide(self):
        with self.lock:
            if self.made is None:
                self.made = "service"
        return self.made

    def reset(self):
        with self.lock:
            self.made = None


def injected_singleton(provider, way):
    return provider.provide() if way == "provide" else provider.reset()


def never_none(provider, results):
    return results[0] == "service"


# repoze.lru, issue 6: clear() rebuilds its list while get() uses an index into it.


class Clock:
    def __init__(self):
        self.places, self.ring = {"a": 0}, [False]

    def get(self, key):
        place = self.places.get(key)
        if place is not None:
            self.ring[place] = True
        return place

    def clear(self):
        self.places = {}
        self.ring = []


def repoze_clock(clock, way):
    return clock.get("a") if way == "get" else clock.clear()


# funcy, issue 81: a cached property is made by each thread that asks for it first.


class Client:
    def __init__(self, owner):
        self.owner = owner


class Cached:
    """A cached property without a lock, as in funcy, and in functools since 3.12."""

    def __init__(self, function):
        self.function = function

    def __get__(self, owner, cls=None):
        if "client" not in owner.__dict__:
            owner.__dict__["client"] = self.function(owner)
        return owner.__dict__["client"]


class FuncyConnector:
    @Cached
    def client(self):
        time.sleep(0.1)
        return Client("me")


def funcy_property(connector):
    return connector.client


# hyper, issue 275 and pull request 280: one takes the write lock first, and one the read lock.


class Http2:
    def __init__(self):
        self.read, self.write, self.frames = threading.RLock(), threading.RLock(), []

    def connect(self):
        with self.write:
            self.frames.append("hello")
            with self.read:
                return len(self.frames)

    def receive(self):
        with self.read, self.write:
            return bool(self.frames) or None


def hyper_locks(connection, way):
    return connection.connect() if way == "connect" else connection.receive()


# mitmproxy, issue 4057: what has expired is looked for while another thread adds to it.


def certificates():
    return collections.OrderedDict(a=1, b=2)


def mitmproxy_certificates(store, way):
    if way == "add":
        store["c"] = 3
        return None
    expired = 0
    for name in store:
        expired += name == "a"
    return expired


GET = [("get",), ("put",)]
KNOWN = [
    Case(urllib3_pools, [(), ()], setup=PoolManager, kind="error"),
    Case(botocore_components, [(), ()], setup=Components, kind="error"),
    Case(jinja_cache, GET, setup=LeastRecent, kind="error"),
    Case(ldappool_size, [(), ()], setup=Connections),
    Case(cqlengine_pool, [(), ()], setup=one_connection, kind="error"),
    Case(injected_singleton, ["provide", "reset"], never_none, Provider, "check"),
    Case(repoze_clock, ["get", "clear"], setup=Clock, kind="error"),
    Case(funcy_property, [(), ()], setup=FuncyConnector),
    Case(hyper_locks, ["connect", "receive"], setup=Http2, kind="deadlock"),
    Case(mitmproxy_certificates, ["add", "look"], setup=certificates, kind="error"),
]
