"""Client libraries of real services, built on the supported HTTP clients."""

import asyncio

import aiohttp
import boto3
import elasticsearch
import github
import openai
import pytest
import slack_sdk
from botocore.config import Config
from slack_sdk.web.async_client import AsyncWebClient

import pypact
from pypact import fault, match


@pytest.fixture
def make(tmp_path):
    def make(base_url):
        return pypact.Consumer("Shop").has_pact_with(
            "Provider", base_url=base_url, pact_dir=tmp_path
        )

    return make


def aws(service, **options):
    return boto3.client(
        service,
        region_name="eu-west-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        config=Config(retries={"mode": "standard", "max_attempts": 2}, **options),
    )


def test_s3_puts_and_gets_an_object(make):
    pact = make("https://things.s3.eu-west-1.amazonaws.com")
    (
        pact.upon_receiving("an upload")
        .with_request("PUT", "/a.txt", body="content")
        .will_respond_with(200, headers={"ETag": '"abc"'})
    )
    (
        pact.upon_receiving("a download")
        .with_request("GET", "/a.txt")
        .will_respond_with(200, headers={"ETag": '"abc"'}, body="content")
    )
    s3 = aws("s3", request_checksum_calculation="when_required")
    with pact.intercept():
        put = s3.put_object(
            Bucket="things", Key="a.txt", Body=b"content", ContentType="text/plain"
        )
        found = s3.get_object(Bucket="things", Key="a.txt")

        assert b"content" == found["Body"].read()

    assert '"abc"' == put["ETag"]


def test_dynamodb_gets_an_item(make):
    pact = make("https://dynamodb.eu-west-1.amazonaws.com")
    (
        pact.upon_receiving("a look-up")
        .with_request(
            "POST",
            "/",
            headers={
                "Content-Type": "application/x-amz-json-1.0",
                "X-Amz-Target": "DynamoDB_20120810.GetItem",
            },
            # By the rules of Pact this type is not JSON, so the bytes are compared.
            body='{"TableName": "Users", "Key": {"id": {"S": "23"}}}',
        )
        .will_respond_with(
            200,
            headers={"Content-Type": "application/x-amz-json-1.0"},
            body={"Item": {"name": {"S": match.like("John")}}},
        )
    )
    with pact.intercept():
        found = aws("dynamodb").get_item(TableName="Users", Key={"id": {"S": "23"}})

    assert {"name": {"S": "John"}} == found["Item"]


def test_botocore_retries_failed_calls(make):
    pact = make("https://things.s3.eu-west-1.amazonaws.com")
    (
        pact.upon_receiving("a download")
        .with_request("GET", "/a.txt")
        .will_respond_with(200, body="content")
    )
    with pact.intercept(fault=fault.connection_reset(times=1)) as calls:
        found = aws("s3").get_object(Bucket="things", Key="a.txt")
        assert b"content" == found["Body"].read()

    assert 2 == len(calls)


def test_elasticsearch_searches(make):
    pact = make("http://search.test:9200")
    (
        pact.upon_receiving("a search")
        .with_request("POST", "/users/_search", body={"query": {"match_all": {}}})
        .will_respond_with(
            200,
            headers={
                "Content-Type": "application/vnd.elasticsearch+json;compatible-with=9",
                "X-Elastic-Product": "Elasticsearch",
            },
            body={"hits": {"hits": [{"_id": "23"}]}},
        )
    )
    with pact.intercept(), elasticsearch.Elasticsearch("http://search.test:9200") as es:
        found = es.search(index="users", query={"match_all": {}})

    assert ["23"] == [hit["_id"] for hit in found["hits"]["hits"]]


def test_github_gives_a_user(make):
    pact = make("https://api.github.com")
    (
        pact.upon_receiving("a request for a user")
        .with_request("GET", "/users/octocat")
        .will_respond_with(200, body={"login": "octocat", "name": "Mona"})
    )
    hub = github.Github(retry=0)
    with pact.intercept():
        assert "Mona" == hub.get_user("octocat").name
    hub.close()


def define_slack(make):
    pact = make("https://slack.com/api")
    (
        pact.upon_receiving("a message")
        .with_request("POST", "/chat.postMessage")
        .will_respond_with(200, body={"ok": True, "ts": "1.2"})
    )
    return pact


def test_slack_posts_a_message_by_urllib(make):
    with define_slack(make).intercept():
        found = slack_sdk.WebClient("token").chat_postMessage(channel="#a", text="Hi")

    assert "1.2" == found["ts"]


def test_slack_posts_a_message_by_aiohttp(make):
    async def post():
        return await AsyncWebClient("token").chat_postMessage(channel="#a", text="Hi")

    with define_slack(make).intercept():
        assert "1.2" == asyncio.run(post())["ts"]


def define_openai(make):
    pact = make("https://api.openai.com/v1")
    (
        pact.upon_receiving("a chat")
        .with_request(
            "POST",
            "/chat/completions",
            body={"model": "m", "messages": [{"role": "user", "content": "Hi"}]},
        )
        .will_respond_with(
            200,
            body={
                "id": "c",
                "object": "chat.completion",
                "created": 1,
                "model": "m",
                "choices": [
                    {
                        "index": 0,
                        "finish_reason": "stop",
                        "message": {"role": "assistant", "content": "Hello"},
                    }
                ],
            },
        )
    )
    return pact


MESSAGES = [{"role": "user", "content": "Hi"}]


def test_openai_chats(make):
    with define_openai(make).intercept(), openai.OpenAI(api_key="key") as client:
        found = client.chat.completions.create(model="m", messages=MESSAGES)

    assert "Hello" == found.choices[0].message.content


def test_openai_chats_asynchronously(make):
    async def chat():
        async with openai.AsyncOpenAI(api_key="key") as client:
            return await client.chat.completions.create(model="m", messages=MESSAGES)

    with define_openai(make).intercept():
        assert "Hello" == asyncio.run(chat()).choices[0].message.content


def test_openai_retries_a_503(make):
    one = fault.unavailable(0, times=1)
    with (
        define_openai(make).intercept(fault=one) as calls,
        openai.OpenAI(api_key="key", max_retries=1) as client,
    ):
        client.chat.completions.create(model="m", messages=MESSAGES)

    assert 2 == len(calls)


def test_aiohttp_with_cookies_redirects_uploads_and_traces(make):
    pact = make("https://shop.test")
    (
        pact.upon_receiving("a login")
        .with_request("POST", "/login")
        .will_respond_with(
            303, headers={"Location": "/me", "Set-Cookie": "s=1; Path=/"}
        )
    )
    (
        pact.upon_receiving("who I am")
        .with_request("GET", "/me", headers={"Cookie": "s=1"})
        .will_respond_with(200, body={"name": "John"})
    )
    traced = []

    async def on_end(session, context, params):
        traced.append(params.response.status)

    async def run():
        trace = aiohttp.TraceConfig()
        trace.on_request_end.append(on_end)
        form = aiohttp.FormData()
        form.add_field("file", b"content", filename="a.txt")
        async with (
            aiohttp.ClientSession(
                "https://shop.test", trace_configs=[trace]
            ) as session,
            session.post("/login", data=form, expect100=True) as found,
        ):
            return await found.json(), [past.status for past in found.history]

    with pact.intercept() as calls:
        assert ({"name": "John"}, [303]) == asyncio.run(run())

    assert [200] == traced
    assert b'filename="a.txt"' in calls[0].request.body.content
