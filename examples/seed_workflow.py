"""The workflow of the README that this project started from, in its five steps.

Run it with `python examples/seed_workflow.py`: a mock server in a process of its own,
at http://localhost:8080, a client that registers an interaction there, a consumer that
asks for it, and, through the client, a contract of version 1.1 in `./pacts`.
"""

from __future__ import annotations

import os
import shutil
import time
from multiprocessing import Process

import requests

import pypact

# --- 1. Configure Pact ----------------------------------------------------------------


def mock_server(consumer, provider, port, path):  # noqa: ANN001, ANN201 -- as the seed has it
    if os.path.exists(path):  # noqa: PTH110 -- as the seed has it
        shutil.rmtree(path)
    else:
        os.makedirs(path)  # noqa: PTH103 -- as the seed has it

    consumer = pypact.Consumer(consumer)
    provider = pypact.Provider(provider)
    server = consumer.has_pact_with(provider, port)

    return server  # noqa: RET504 -- as the seed has it


# --- 2. Start the mock server ---------------------------------------------------------


def start_server():  # noqa: ANN201 -- as the seed has it
    pypact.MockServer()


# --- 3. Register the interaction ------------------------------------------------------


def register_interaction(interaction, url, action):  # noqa: ANN001, ANN201 -- as the seed has it
    client = pypact.MockServerClient(url)
    if action == "post":
        result = client.post_interaction(interaction.to_JSON())

    return result


def main(argv=None):  # noqa: ANN001, ANN201, ARG001 -- as the seed has it
    # Configure pact

    consumer = "My consumer"
    provider = "My provider"
    port = "1234"
    path = "./pacts"

    server = mock_server(consumer, provider, port, path)

    # Start the mock server

    p = Process(target=start_server)
    p.daemon = True
    p.start()
    time.sleep(3)

    # Register the interaction

    interaction = (
        server.given("There is a user wih id {23}")
        .upon_receiving("get request for user with id {23}")
        .with_request(method="GET", path="/user", query="id=23")
        .will_respond_with(
            status=200,
            headers={"Content-Type": "application/json"},
            body={"firstName": "John"},
        )
    )

    url = "http://localhost:8080"
    action = "post"

    result = register_interaction(interaction, url, action)
    print(result)

    # Hit the endpoint

    name = requests.get("http://localhost:8080/user?id=23")  # noqa: S113 -- as the seed has it
    print(name.status_code, name.text)

    # And what the seed's steps are for: the contract, written through the client

    client = pypact.MockServerClient(url)
    print(client.verify())
    client.write_pact(consumer, provider, pact_dir=path, specification="1.1.0")
    print(f"{path}/{consumer}-{provider}.json")

    p.terminate()
    p.join()


if __name__ == "__main__":
    main()
