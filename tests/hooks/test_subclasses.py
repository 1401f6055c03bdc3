"""Connections with a method `connect` of their own, and classes replaced by name."""

import http.client
import socket
import sys

import pytest
import urllib3.connection

import pypact
from pypact.frames import find_class

HOST = "users.example.com"


class Opening:
    def connect(self):
        self.sock = socket.create_connection((self.host, self.port), 3)


class Inheriting(Opening, http.client.HTTPConnection):
    pass


class Overriding(http.client.HTTPConnection):
    connect = Opening.connect


class Secure(http.client.HTTPSConnection):
    connect = Opening.connect


class Both(Overriding, Inheriting):
    pass


def block(tmp_path, scheme):
    pact = pypact.Consumer("Web").has_pact_with(
        "Users", base_url=f"{scheme}://{HOST}", pact_dir=tmp_path
    )
    pact.upon_receiving("x").with_request("GET", "/").will_respond_with(200, body="hi")
    return pact.intercept()


def fetch(connection):
    connection.connect()
    connection.request("GET", "/")
    response = connection.getresponse()
    connection.close()
    return response.status


@pytest.mark.parametrize(
    ("scheme", "make"),
    [
        ("http", Inheriting),
        ("http", Overriding),
        ("http", Both),
        ("https", Secure),
        ("http", urllib3.connection.HTTPConnection),
        ("https", urllib3.connection.HTTPSConnection),
    ],
)
def test_connections_that_open_themselves_are_answered(tmp_path, scheme, make):
    before = vars(make).get("connect")

    with block(tmp_path, scheme):
        status = fetch(make(HOST))

    assert status == 200
    assert vars(make).get("connect") is before


def test_connections_of_classes_defined_inside_of_a_block_are_answered(tmp_path):
    with block(tmp_path, "http"):

        class Late(http.client.HTTPConnection):
            connect = Opening.connect

        status = fetch(Late(HOST))

    assert status == 200
    assert vars(Late)["connect"] is Opening.connect
    assert "__init_subclass__" not in vars(http.client.HTTPConnection)


def test_other_subclasses_of_the_same_base_are_left_alone(tmp_path):
    before = Opening.connect

    with block(tmp_path, "http") as _:
        during = vars(Opening)["connect"]
        fetch(Inheriting(HOST))

    assert during is before


def test_connections_to_other_origins_open_themselves(tmp_path):
    with block(tmp_path, "http"):
        fetch(Overriding(HOST))
        with pytest.raises(UserWarning, match="tried to use socket"):
            Overriding("127.0.0.1", 1).connect()


def test_a_class_is_found_while_another_has_its_name(monkeypatch):
    original = http.client.HTTPConnection
    monkeypatch.setattr(http.client, "HTTPConnection", Opening)

    assert find_class("http.client", "HTTPConnection") is original


def test_a_class_that_is_nowhere_else_is_taken_as_it_is(monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "Renamed", Opening, raising=False)

    assert find_class(__name__, "Renamed") is Opening
