"""A real identity provider, a real browser: who has not signed in sees nothing."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browser import PAGES, Server, opened, serving, settled
from identity import TOKENS, Provider, providing
from sessions import Session

USER = "_streamlit_user"
BEFORE = "[data-testid=stApp] :is(input, canvas, audio, table, [data-testid^=stFileUploader])"
"""What all that people do with pages is made of."""
SENT = {"html", "heading", "alert", "button"}
"""Elements of a page that asks to sign in; the first holds no more than a style."""


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """Who knows people."""
    with providing() as provider:
        yield provider


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, provider: Provider, demo_corpus: Path
) -> Iterator[Server]:
    """A dashboard at which people sign in, with a corpus."""
    root = tmp_path_factory.mktemp("signin")
    settings = root / ".streamlit" / "secrets.toml"
    settings.parent.mkdir()
    settings.write_text(provider.secrets_toml())
    known = {"HOME": str(root), "VOICEGENDER_LIBRISPEECH": str(demo_corpus), "NO_PROXY": "*"}
    with serving(root / "data", **known) as server:
        yield server


def asks_to_sign_in(page: Page) -> None:
    """The page says no more than that."""
    expect(page.get_by_text("Sign in to go on.")).to_be_visible()
    settled(page)
    assert [one.inner_text() for one in page.get_by_role("button").all()] == ["Sign in"]
    assert page.locator(BEFORE).count() == 0
    assert page.get_by_test_id("stSidebar").count() == 0


def test_of_no_page_more_is_sent_than_that_one_must_sign_in(server: Server) -> None:
    async def all_pages() -> None:
        async with Session(server.url) as session:
            for name in PAGES:
                await session.go(name)
                kinds = {node.kind for node in session.tree.nodes_of() if not node.is_block}
                assert kinds == SENT
                assert [one.proto.label for one in session.tree.nodes_of("button")] == ["Sign in"]

    asyncio.run(all_pages())  # the first test: Playwright keeps a loop of its own running


def test_who_signs_in_sees_the_pages_and_nobody_after_signing_out(
    page: Page, server: Server, provider: Provider
) -> None:
    opened(page, server, "Predict")
    asks_to_sign_in(page)
    with page.expect_request("**/auth/login?provider=*") as login:
        page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Sign in to go on.")).to_have_count(0)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    assert provider.told.count("/authorization_endpoint") == 1
    opened(page, server, "Predict")
    expect(page.locator("input[type=file]").first).to_be_attached()
    opened(page, server, "Speakers")
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    asks_to_sign_in(page)
    assert "/end_session_endpoint" in provider.told
    assert USER not in {one["name"] for one in page.context.cookies()}
    forged_tokens_let_nobody_in(page, provider, login.value.url)
    forged_cookies_let_nobody_in(page, server)


def forged_tokens_let_nobody_in(page: Page, provider: Provider, login: str) -> None:
    """Of all tokens that a provider might give, the good one alone lets in."""
    for mood in [*TOKENS]:
        page.context.clear_cookies()
        provider.mood = mood
        page.request.get(login)
        let_in = USER in {one["name"] for one in page.context.cookies()}
        assert let_in == (mood == "good"), mood


def forged_cookies_let_nobody_in(page: Page, server: Server) -> None:
    """What says that one has signed in counts with the server's signature alone."""
    for value in ('{"is_logged_in": true, "email": "ada@example.org"}', "2|1:0|10:1|x|e30=|0"):
        page.context.clear_cookies()
        page.context.add_cookies([{"name": USER, "value": value, "url": server.url}])
        opened(page, server, "Predict")
        asks_to_sign_in(page)
