"""The fake broker with deployments is held to the transcripts of a real one."""

import base64
import copy
import json

import pytest
import requests
from broker import WsgiAdapter
from deploying_broker import DeployingBroker
from transcripts import differences, exchanges

pytestmark = pytest.mark.spec

URL = "http://broker.test"
RECORDED = exchanges()
# Without pacts for verification, which test_transcripts.py compares, and can-i-merge.
REPLAYED = [*range(1, 24), *range(26, 47), *range(48, 67)]


def contents():
    for number in (26, 27):
        content = copy.deepcopy(RECORDED[number].answer)
        del content["_links"], content["createdAt"]
        for one in content["interactions"]:
            del one["_id"]
        yield json.dumps(content).encode()


def test_a_recorded_day_of_a_real_broker_is_repeated():
    """Status, content type and every member of each response are the same."""
    broker = DeployingBroker()
    session = requests.Session()
    session.mount(URL, WsgiAdapter(broker))
    first, second = map(base64.b64encode, contents())
    wrong = []
    for number in REPLAYED:
        recorded = RECORDED[number]
        body = copy.deepcopy(recorded.request)
        if recorded.path == "/contracts/publish":
            content = first if number in (2, 4) else second
            body["contracts"][0]["content"] = content.decode()
        path = recorded.path
        for pact in broker.pacts:
            path = path.replace(
                {"1.0.0": SHA_1, "1.1.0": SHA_2}.get(pact.version, "-"), pact.sha
            )
        answer = session.request(recorded.method, f"{URL}{path}", json=body)
        if recorded.status != answer.status_code:
            wrong.append((number, str(path), answer.status_code, answer.text))
            continue
        if recorded.content_type != answer.headers["Content-Type"]:
            wrong.append((number, answer.headers["Content-Type"]))
        wrong += [
            (number, one) for one in differences(answer.json(), recorded.answer, "$")
        ]
        if "matrix" in path and recorded.status == 200:
            own, real = answer.json()["summary"], recorded.answer["summary"]
            names = ("deployable", "failed", "unknown")
            assert [real[one] for one in names] == [own[one] for one in names], number

    assert [] == wrong


SHA_1 = "4a70e67de96ccdbffb429f7d68a5981fe4ff5984"
SHA_2 = "dd82e27937fff11808defb87bd3124c4205156c5"
