"""The five-step workflow of the README that this project started from.

Run it with `python examples/seed_workflow.py`. It starts a mock server in a separate
process at http://localhost:8080, registers an interaction there by a client, sends the
consumer's request, and has a contract of version 1.1 written to a temporary folder:
the first step deletes what is in the folder of contracts.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from multiprocessing import Process

import requests

import pypact

# --- 1. Configure Pact ----------------------------------------------------------------


def mock_server(consumer, provider, port, path):  # noqa: ANN001, ANN201 -- as in the original
    if os.path.exists(path):  # noqa: PTH110 -- as in the original
        shutil.rmtree(path)
    else:
        os.makedirs(path)  # noqa: PTH103 -- as in the original

    consumer = pypact.Consumer(consumer)
    provider = pypact.Provider(provider)
    server = consumer.has_pact_with(provider, port)

    return server  # noqa: RET504 -- as in the original


# --- 2. Start the mock server ---------------------------------------------------------


def start_server():  # noqa: ANN201 -- as in the original
    pypact.MockServer()


# --- 3. Register the interaction ------------------------------------------------------


def register_interaction(interaction, url, action):  # noqa: ANN001, ANN201 -- as in the original
    client = pypact.MockServerClient(url)
    if action == "post":
        result = client.post_interaction(interaction.to_JSON())

    return result


def main(argv=None):  # noqa: ANN001, ANN201, ARG001 -- as in the original
    # Configure pact

    consumer = "My consumer"
    provider = "My provider"
    port = "1234"
    os.chdir(tempfile.mkdtemp())  # not in the original: the next step deletes `path`
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

    name = requests.get("http://localhost:8080/user?id=23")  # noqa: S113 -- as in the original
    print(name.status_code, name.text)

    # Write the contract, which is the purpose of the steps above

    client = pypact.MockServerClient(url)
    print(client.verify())
    client.write_pact(consumer, provider, pact_dir=path, specification="1.1.0")
    print(os.path.abspath(f"{path}/{consumer}-{provider}.json"))  # noqa: PTH100 -- as above

    p.terminate()
    p.join()


if __name__ == "__main__":
    main()
